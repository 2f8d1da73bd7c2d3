"""An application sends somebody here, who signs in, and goes back with a code that the application exchanges."""

from html import unescape
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client

from otp.tokens import keyring
from tests.support.accounts import account_at, change_account
from tests.support.api import ADDRESS, mailed_code
from tests.support.clock import NOW
from tests.support.pages import request_code, submit
from tests.support.provider import (
    BAKERY,
    GARDEN,
    ISSUER,
    OLD,
    RSA_KEY,
    answer,
    authorize,
    code_for,
    leads_to,
    post,
    read,
    redeem,
    refresh,
    session_of,
    sign_in_for,
    tokens_for,
    userinfo,
)


def test_somebody_signs_in_with_a_code_and_goes_back(client):
    back = answer(sign_in_for(client))
    assert back.keys() == {"code", "state", "iss"}
    assert (back["state"], back["iss"]) == ("the-state", ISSUER)
    assert redeem(back["code"]).status_code == 200


def test_the_form_with_the_code_is_answered_by_a_page_that_leads_on(client):
    """A redirect would be blocked by `form-action`, because the provider redirects to another site."""
    page = client.get(authorize(client)["Location"])
    page = submit(client, page, email=ADDRESS)
    again = submit(client, page, code="", follow=False)
    assert (again.status_code, "http-equiv" in again.text) == (400, False)
    page = submit(client, page, follow=False, code=mailed_code())
    assert leads_to(page).startswith("/oauth2/authorize?")
    assert "form-action 'self'" in page["Content-Security-Policy"]


def test_somebody_who_is_signed_in_goes_straight_back_after_two_requests(here, requests_log):
    response = authorize(here)
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems"]
    assert (response.status_code, answer(response)["state"]) == (303, "the-state")


def test_a_code_is_exchanged_by_two_requests(here, requests_log):
    code = code_for(here)
    requests_log.clear()
    assert redeem(code).status_code == 200
    assert requests_log.operations == ["UpdateItem", "BatchGetItem"]


def test_a_refresh_makes_two_requests(here, requests_log):
    token = tokens_for(here)["refresh_token"]
    requests_log.clear()
    assert refresh(token).status_code == 200
    assert requests_log.operations == ["UpdateItem", "BatchGetItem"]


def test_userinfo_makes_two_requests_and_revocation_one(here, requests_log):
    tokens = tokens_for(here)
    requests_log.clear()
    assert userinfo(tokens["access_token"]).status_code == 200
    assert requests_log.operations == ["GetItem", "BatchGetItem"]
    requests_log.clear()
    assert post("/oauth2/revoke", {"token": tokens["refresh_token"]}).status_code == 200
    assert requests_log.operations == ["DeleteItem"]


# -- the tokens ------------------------------------------------------------------------------------


def test_the_id_token_says_who_signed_in_where_and_when(here, clock):
    clock.shift(60)
    token = tokens_for(here)["id_token"]
    session = session_of()
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": keyring.key(RSA_KEY).kid, "typ": "JWT"}
    assert read(token) == {
        "iss": ISSUER,
        "aud": "bakery",
        "sub": session.subject,
        "iat": NOW + 60,
        "exp": NOW + 660,
        "auth_time": NOW,
        "nonce": "the-nonce",
        "amr": ["otp"],
        "email": ADDRESS,
        "email_verified": True,
    }


def test_the_access_token_is_one_of_rfc_9068(here):
    token = tokens_for(here)["access_token"]
    session = session_of()
    claims = read(token)
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    assert claims.keys() == {"iss", "aud", "sub", "iat", "exp", "auth_time", "jti", "client_id", "scope", "sid"}
    assert (claims["aud"], claims["client_id"], claims["scope"]) == ("bakery", "bakery", "openid email")
    assert (claims["sub"], claims["sid"]) == (session.subject, session.sid)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_the_tokens_are_signed_with_the_clients_algorithm(here, settings, algorithm):
    p256 = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    settings.OTP_JWT_KEYS = [keyring.new_key(), RSA_KEY, p256.decode()]
    settings.OTP_CLIENTS = [BAKERY | {"algorithm": algorithm}]
    tokens = tokens_for(here)
    for name in ("id_token", "access_token"):
        assert jwt.get_unverified_header(tokens[name])["alg"] == algorithm
    assert userinfo(tokens["access_token"]).status_code == 200


def test_a_token_response_is_complete_and_not_stored(here):
    response = redeem(code_for(here))
    assert response.json().keys() == {"access_token", "token_type", "expires_in", "refresh_token", "id_token", "scope"}
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("scope", ["openid", "openid email", "openid phone email profile unknown", "email openid"])
def test_the_scopes_give_claims(here, scope):
    tokens = tokens_for(here, scope=scope)
    granted = {"openid", "email", "phone"} & set(scope.split())
    assert set(tokens["scope"].split()) == granted
    claims = userinfo(tokens["access_token"]).json()
    assert ("email" in claims) == ("email" in granted)
    assert claims["sub"] == read(tokens["id_token"])["sub"]


def test_a_client_gets_only_scopes_that_it_is_declared_with(here, settings):
    settings.OTP_CLIENTS = [BAKERY | {"scopes": ["openid", "email"]}]
    assert tokens_for(here, scope="openid email phone offline_access")["scope"] == "openid email"


def test_an_address_that_was_never_verified_is_not_said_to_be(here, settings):
    """An imported account may have addresses that nobody has signed in with."""
    account = account_at(ADDRESS)
    change_account(ADDRESS, addresses=[*account.addresses, "+61412345678"])
    claims = userinfo(tokens_for(here, scope="openid email phone")["access_token"]).json()
    assert claims["email_verified"] is True
    assert (claims["phone_number"], claims["phone_number_verified"]) == ("+61412345678", False)


# -- kinds of clients ------------------------------------------------------------------------------


def test_a_client_may_be_declared_without_pkce(here):
    assert tokens_for(here, OLD)["id_token"]
    assert tokens_for(here, OLD, nonce=None)["id_token"]


def test_a_query_in_the_redirect_uri_is_kept(client):
    page = sign_in_for(client, GARDEN)
    page = submit(client, page, follow=False)
    assert urlsplit(client.get(leads_to(page))["Location"]).query.startswith("from=otp&code=")


# -- refresh ---------------------------------------------------------------------------------------


def test_a_refresh_returns_the_next_token_and_no_nonce(here, clock):
    first = tokens_for(here)
    clock.shift(600)
    second = refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    before, after = read(first["id_token"]), read(second["id_token"])
    assert {name: value for name, value in before.items() if name not in ("iat", "exp", "nonce")} == {
        name: value for name, value in after.items() if name not in ("iat", "exp")
    }
    assert refresh(second["refresh_token"]).status_code == 200


def test_a_lost_refresh_can_be_repeated_and_an_old_token_ends_the_session(here):
    first = tokens_for(here)["refresh_token"]
    second = refresh(first).json()["refresh_token"]
    assert refresh(first).json()["refresh_token"] == second
    third = refresh(second).json()["refresh_token"]
    assert refresh(first).json()["error"] == "invalid_grant"
    assert refresh(third).json()["error"] == "invalid_grant"


# -- what the pages show ---------------------------------------------------------------------------


def test_the_pages_name_the_application_and_fill_in_the_hint(client):
    page = client.get(
        authorize(client, login_hint="me@example.com", ui_locales="de")["Location"], headers={"Accept-Language": "en"}
    )
    assert 'lang="de"' in page.text
    assert "Bakery" in page.text
    assert 'value="me@example.com"' in page.text


def test_cancelling_leads_back_with_access_denied(client):
    page = client.get(authorize(client)["Location"])
    (link,) = [part.partition('"')[0] for part in page.text.split('href="')[1:] if part.startswith("/oauth2/cancel")]
    back = answer(client.get(unescape(link)))
    assert back == {"error": "access_denied", "state": "the-state", "iss": ISSUER}


def test_an_ordinary_sign_in_has_no_link_to_cancel(client):
    assert "oauth2" not in client.get("/").text
    assert "oauth2" not in request_code(client).text


def test_another_companys_application_asks_for_consent_once_a_session(here):
    page = authorize(here, GARDEN)
    assert page.status_code == 200
    assert "Garden" in page.text
    assert "Your email address" in page.text
    page = submit(here, page, follow=False)
    assert leads_to(page).startswith("/oauth2/authorize?")
    assert answer(
        here.get(leads_to(page)), GARDEN | {"redirect_uris": ["https://garden.example/callback?from=otp&code="]}
    )
    assert authorize(here, GARDEN).status_code == 303
    assert "Garden" in authorize(here, GARDEN, prompt="consent").text
    assert authorize(Client(), GARDEN).status_code == 302
