"""Authorization requests that attackers forge or applications get wrong. None leads to an undeclared URI."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.support.provider import (
    APP,
    BAKERY,
    GARDEN,
    ISSUER,
    OLD,
    answer,
    authorize,
    is_page,
    read,
    redeem,
    request_of,
    sign_in_for,
)

INVALID_GRANT = (400, "invalid_grant")


# -- redirect URIs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "",
        "https://evil.example/callback",
        "https://bakery.example",
        "https://bakery.example/callback/",
        "https://bakery.example/callback?a=b",
        "https://bakery.example/callback#",
        "https://bakery.example/callback/../evil",
        "https://bakery.example/callback%2f..",
        "https://bakery.example/Callback",
        "https://BAKERY.example/callback",
        "https://bakery.example:443/callback",
        "https://bakery.example@evil.example/callback",
        "https://bakery.example\\@evil.example/callback",
        "https://bakery.example.evil.example/callback",
        "https://bakeryxexample/callback",
        "https://bakery\u3002example/callback",
        "http://bakery.example/callback",
        "https://bakery.example/callback\n",
        " https://bakery.example/callback",
        "//bakery.example/callback",
        "javascript:alert(1)",
    ],
)
def test_redirect_uri_that_is_not_declared_exactly_shows_a_page(here, uri):
    assert is_page(authorize(here, redirect_uri=uri))
    assert is_page(authorize(here, redirect_uri=uri, response_type="token"))  # CVE-2026-41479, CVE-2026-44681


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:1234/callback",
        "http://127.0.0.1:1234/other",
        "http://127.0.0.1:1234@evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.2:1234/callback",
        "http://[::1]:1234/callback",
        "https://127.0.0.1:1234/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:999999/callback",
        "com.example.app:/other",
        "com.example.other:/callback",
        "https://app.example:8443/callback",
    ],
)
def test_only_the_port_of_a_declared_loopback_address_may_differ(here, uri):
    assert is_page(authorize(here, APP, redirect_uri=uri))


@pytest.mark.parametrize("id", ["", "unknown", "Bakery", "bakery\0", None])
def test_unknown_client_shows_a_page(here, id):
    assert is_page(authorize(here, client_id=id))


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_client_or_redirect_uri_given_twice_shows_a_page(here, name):
    value = request_of(BAKERY)[name]
    assert is_page(authorize(here, **{name: [value, value]}))
    assert is_page(authorize(here, **{name: [value, "https://evil.example/"]}))


@pytest.mark.parametrize("name", ["state", "scope", "nonce", "code_challenge", "response_type", "anything"])
def test_parameter_given_twice_is_refused(here, name):
    """CVE-2026-9689."""
    assert answer(authorize(here, **{name: ["code", "code"]}))["error"] == "invalid_request"


def test_an_error_does_not_repeat_what_was_sent(here):
    back = answer(authorize(here, **{"call +1 555 0100": ["a", "b"]}))
    assert back["error_description"] == "a parameter is given more than once"


def test_an_empty_parameter_counts_as_omitted(here):
    """RFC 6749, 3.1."""
    names = ("prompt", "max_age", "response_mode", "id_token_hint", "request", "request_uri", "registration")
    response = authorize(here, **dict.fromkeys(names, ""), state="", nonce="", login_hint="", ui_locales="")
    back = answer(response)
    assert "state=" not in response["Location"]
    assert "nonce" not in read(redeem(back["code"]).json()["id_token"])
    without_pkce = {"code_challenge": "", "code_challenge_method": ""}
    assert answer(authorize(here, OLD, **without_pkce), OLD)["code"]
    assert answer(authorize(here, response_type=""))["error_description"] == "response_type is missing"
    assert answer(authorize(here, scope=""))["error"] == "invalid_scope"


def test_cancelling_and_consent_lead_only_to_declared_uris(here):
    query = urlencode(request_of(BAKERY, redirect_uri="https://evil.example/"))
    assert is_page(here.get(f"/oauth2/cancel?{query}"))
    assert is_page(here.post(f"/oauth2/consent?{query}"))


# -- authorization requests ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "email"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"nonce": "n" * 513}, "invalid_request"),
        ({"state": "s" * 2000}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
    ],
)
def test_malformed_request_is_refused_to_the_client(here, changes, word):
    back = answer(authorize(here, **changes))
    assert (back["error"], back["iss"]) == (word, ISSUER)
    assert "code" not in back


def test_missing_nonce_and_state_are_allowed_because_pkce_protects(here):
    back = answer(authorize(here, nonce=None, state=None))
    assert back.keys() == {"code", "iss"}
    assert redeem(back["code"]).status_code == 200


def test_mix_up_is_noticed_by_the_issuer_in_each_answer(here):
    """RFC 9207."""
    assert answer(authorize(here))["iss"] == ISSUER
    assert answer(authorize(Client(), prompt="none"))["iss"] == ISSUER


def test_a_foreign_frame_gets_no_page(here):
    for response in (authorize(here, GARDEN), here.get(authorize(Client())["Location"])):
        assert response["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_a_foreign_form_can_not_consent(here):
    query = urlencode(request_of(GARDEN))
    response = here.post(f"/oauth2/consent?{query}", headers={"Origin": "https://garden.example"})
    assert response.status_code == 403
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = here.cookies
    assert guarded.post(f"/oauth2/consent?{query}").status_code == 403
    assert authorize(here, GARDEN).status_code == 200


def test_nobody_can_consent_for_the_next_person_at_a_shared_browser():
    shared, request = Client(), urlencode(request_of(GARDEN))
    response = shared.post(f"/oauth2/consent?{request}")
    assert (response.status_code, response["Location"]) == (302, f"/oauth2/authorize?{request}")
    page = sign_in_for(shared, GARDEN)
    assert (page.status_code, "Garden" in page.text) == (200, True)
