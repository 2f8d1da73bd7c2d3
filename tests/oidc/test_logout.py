"""Applications sign people out of this site: RP-initiated logout."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.support.api import mailed_code
from tests.support.owners import sign_in
from tests.support.pages import Forms, is_in, request_code, submit
from tests.support.provider import BAKERY, leads_to, refresh, tokens_for

pytestmark = pytest.mark.slow

AFTER = BAKERY["post_logout_redirect_uris"][0]


def logout(browser, **query):
    return browser.get(f"/oauth2/logout?{urlencode(query, doseq=True)}")


@pytest.fixture
def hint(here):
    return tokens_for(here)["id_token"]


def test_an_id_token_signs_out_at_once_and_leads_back(here, hint):
    response = logout(here, id_token_hint=hint, post_logout_redirect_uri=AFTER, state="a b")
    assert (response.status_code, response["Location"]) == (303, f"{AFTER}?state=a+b")
    assert not is_in(here)


def test_an_expired_id_token_will_do(here, hint, clock):
    clock.shift(3600)
    assert logout(here, id_token_hint=hint, post_logout_redirect_uri=AFTER)["Location"] == AFTER
    assert not is_in(here)


def test_signing_out_ends_what_applications_may_do(here):
    tokens = tokens_for(here)
    logout(here, id_token_hint=tokens["id_token"])
    assert refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("query", [{}, {"state": "x"}, {"client_id": "bakery", "post_logout_redirect_uri": AFTER}])
def test_without_an_id_token_the_person_is_asked_and_stays_here(here, query):
    page = logout(here, **query)
    assert page.status_code == 200
    assert "Sign out?" in page.text
    assert is_in(here)
    action, fields = Forms(page).found[0]
    done = here.post(action, fields)
    assert (done.status_code, done["Location"]) == (302, "/")
    assert not is_in(here)


def test_an_id_token_of_somebody_else_asks_first_and_then_leads_back(here):
    other = Client()
    sign_in(other, "other@example.com")
    theirs = tokens_for(other)["id_token"]
    page = logout(here, id_token_hint=theirs, post_logout_redirect_uri=AFTER)
    assert is_in(here)
    action, fields = Forms(page).found[0]
    assert leads_to(here.post(action, fields)) == AFTER
    assert not is_in(here)
    assert is_in(other)


def test_somebody_who_is_signed_out_already_is_led_back(here, hint):
    assert logout(Client(), id_token_hint=hint, post_logout_redirect_uri=AFTER)["Location"] == AFTER
    assert logout(Client())["Location"] == "/"


def test_a_sign_in_that_is_under_way_goes_on(client):
    """Any other site could send this link."""
    page = request_code(client)
    assert logout(client).status_code == 302
    submit(client, page, code=mailed_code())
    assert is_in(client)


@pytest.mark.parametrize(
    "changes",
    [
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"post_logout_redirect_uri": f"{AFTER}?a=b"},
        {"post_logout_redirect_uri": [AFTER, AFTER]},
        {"id_token_hint": "forged"},
        {"id_token_hint": ["x", "y"]},
        {"client_id": "other"},
    ],
)
def test_a_wrong_request_shows_a_page_and_signs_nobody_out(here, hint, changes):
    response = logout(here, **{"id_token_hint": hint, "post_logout_redirect_uri": AFTER} | changes)
    assert (response.status_code, "Location" in response.headers) == (400, False)
    assert is_in(here)


def test_a_link_of_another_site_signs_nobody_out(here, hint):
    """Login and logout CSRF: only the page's own form confirms."""
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = here.cookies
    assert guarded.post("/oauth2/logout/confirm").status_code == 403
    assert here.post("/oauth2/logout/confirm", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert here.get("/oauth2/logout/confirm")["Location"] == "/oauth2/logout?"
    assert is_in(here)


def test_a_form_of_another_site_is_repeated_as_a_get_which_has_the_cookies(here, hint):
    form = {"id_token_hint": hint}
    response = here.post("/oauth2/logout", form, headers={"Origin": "https://bakery.example"})
    assert (response.status_code, response["Location"]) == (303, f"/oauth2/logout?{urlencode(form)}")
    assert is_in(here)


@pytest.mark.parametrize("method", ["put", "delete"])
def test_other_methods_are_refused(method):
    for path in ("/oauth2/logout", "/oauth2/authorize"):
        response = getattr(Client(), method)(path)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")
