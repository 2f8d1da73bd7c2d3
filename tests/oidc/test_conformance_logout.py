"""The modules of the OpenID conformance suite for RP-Initiated Logout, by their names: see test_conformance."""

from urllib.parse import urlencode

import pytest

from tests.support.forgeries import by_hand, parts
from tests.support.pages import is_in
from tests.support.provider import BAKERY, answer, authorize, tokens_for

pytestmark = pytest.mark.slow

AFTER = BAKERY["post_logout_redirect_uris"][0]


def logout(browser, **query):
    return browser.get(f"/oauth2/logout?{urlencode(query)}")


def test_oidcc_rp_initiated_logout(here):
    hint = tokens_for(here)["id_token"]
    response = logout(here, id_token_hint=hint, post_logout_redirect_uri=AFTER, state="s")
    assert response["Location"] == f"{AFTER}?state=s"
    assert answer(authorize(here, prompt="none"))["error"] == "login_required"


def test_oidcc_rp_initiated_logout_no_state(here):
    hint = tokens_for(here)["id_token"]
    assert logout(here, id_token_hint=hint, post_logout_redirect_uri=AFTER)["Location"] == AFTER


@pytest.mark.parametrize("query", [{}, {"state": "s"}, {"post_logout_redirect_uri": AFTER}], ids=str)
def test_oidcc_rp_initiated_logout_without_hint(here, query):
    response = logout(here, **query)
    assert (response.status_code, "Sign out?" in response.text) == (200, True)


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(here):
    assert logout(here, id_token_hint=tokens_for(here)["id_token"])["Location"] == "/"


@pytest.mark.parametrize("uri", ["https://evil.example/", f"{AFTER}?foo=bar"], ids=["bad", "query_added"])
def test_oidcc_rp_initiated_logout_post_logout_redirect_uri(here, uri):
    hint = tokens_for(here)["id_token"]
    assert logout(here, id_token_hint=hint, post_logout_redirect_uri=uri).status_code == 400


def test_oidcc_rp_initiated_logout_modified_id_token_hint(here):
    head, body, _ = tokens_for(here)["id_token"].split(".")
    assert logout(here, id_token_hint=f"{head}.{body}.AAAA", post_logout_redirect_uri=AFTER).status_code == 400


def test_oidcc_rp_initiated_logout_unsigned_id_token_hint(here):
    header, claims = parts(tokens_for(here)["id_token"])
    unsigned = by_hand(header | {"alg": "none"}, claims)
    assert logout(here, id_token_hint=unsigned, post_logout_redirect_uri=AFTER).status_code == 400
    assert is_in(here)


def test_oidcc_rp_initiated_logout_bad_id_token_hint(here):
    assert logout(here, id_token_hint="bad", post_logout_redirect_uri=AFTER).status_code == 400
