"""The modules of the OpenID conformance suite for the profiles Basic and Config, by their names.

The suite itself isn't run. Each test does what the module of that name does, as far as this provider supports it.
"""

import re

import jwt
import pytest
from django.test import Client

from otp.tokens import keyring
from tests.support.clock import NOW
from tests.support.owners import sign_in
from tests.support.provider import (
    BAKERY,
    ISSUER,
    OTHER,
    SECRET,
    VERIFIER,
    answer,
    authorize,
    code_for,
    error,
    post,
    read,
    redeem,
    refresh,
    request_of,
    sign_in_for,
    tokens_for,
    userinfo,
)

pytestmark = pytest.mark.slow


def metadata():
    return Client().get("/.well-known/openid-configuration").json()


def published():
    return Client().get("/.well-known/jwks.json").json()["keys"]


# -- Basic -----------------------------------------------------------------------------------------


def test_oidcc_server(here):
    tokens = tokens_for(here)
    (key,) = [key for key in published() if key["kid"] == jwt.get_unverified_header(tokens["id_token"])["kid"]]
    claims = jwt.decode(
        tokens["id_token"], jwt.PyJWK(key), ["RS256"], audience="bakery", issuer=ISSUER, options={"verify_exp": False}
    )
    assert claims["nonce"] == "the-nonce"


def test_oidcc_response_type_missing(here):
    assert answer(authorize(here, response_type=None))["error"] == "invalid_request"


def test_oidcc_userinfo_get(here):
    tokens = tokens_for(here)
    assert userinfo(tokens["access_token"]).json()["sub"] == read(tokens["id_token"])["sub"]


def test_oidcc_userinfo_post_header(here):
    token = tokens_for(here)["access_token"]
    assert post("/oauth2/userinfo", {}, None, Authorization=f"Bearer {token}").json()["sub"]


def test_oidcc_userinfo_post_body(here):
    assert post("/oauth2/userinfo", {"access_token": tokens_for(here)["access_token"]}, None).json()["sub"]


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(here):
    assert "nonce" not in read(tokens_for(here, nonce=None)["id_token"])


@pytest.mark.parametrize("scope", ["profile", "email", "address", "phone", "profile email address phone"])
def test_oidcc_scope(here, scope):
    assert userinfo(tokens_for(here, scope=f"openid {scope}")["access_token"]).status_code == 200


def test_oidcc_ensure_other_scope_order_succeeds(here):
    assert "email" in userinfo(tokens_for(here, scope="email openid")["access_token"]).json()


@pytest.mark.parametrize("display", ["page", "popup"])
def test_oidcc_display(here, display):
    assert answer(authorize(here, display=display))["code"]


def test_oidcc_prompt_login(here, clock):
    first = read(tokens_for(here)["id_token"])["auth_time"]
    clock.shift(61)
    assert authorize(here, prompt="login").status_code == 302
    second = read(redeem(answer(sign_in_for(here, prompt="login"))["code"]).json()["id_token"])["auth_time"]
    assert second > first


def test_oidcc_prompt_none_not_logged_in():
    assert answer(authorize(Client(), prompt="none"))["error"] == "login_required"


def test_oidcc_prompt_none_logged_in(here):
    first = read(tokens_for(here)["id_token"])
    second = read(tokens_for(here, prompt="none")["id_token"])
    assert (first["sub"], first["auth_time"]) == (second["sub"], second["auth_time"])


def test_oidcc_max_age_1(here, clock):
    clock.shift(61)
    assert authorize(here, max_age="1").status_code == 302
    claims = read(redeem(answer(sign_in_for(here, max_age="1"))["code"]).json()["id_token"])
    assert claims["auth_time"] == NOW + 61


def test_oidcc_max_age_10000(here):
    first = read(tokens_for(here)["id_token"])["auth_time"]
    assert read(tokens_for(here, max_age="10000")["id_token"])["auth_time"] == first


@pytest.mark.parametrize(
    "extra",
    [
        {"extra": "foobar"},
        {"login_hint": "me@example.com"},
        {"ui_locales": "se"},
        {"claims_locales": "se"},
        {"acr_values": "1 2"},
        {"claims": '{"userinfo": {"name": {"essential": true}}}'},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_oidcc_ensure_request_with_parameter_succeeds(here, extra):
    assert answer(authorize(here, **extra))["code"]


def test_oidcc_id_token_hint(here):
    hint = tokens_for(here)["id_token"]
    claims = read(tokens_for(here, prompt="none", id_token_hint=hint)["id_token"])
    assert claims["sub"] == read(hint)["sub"]


def test_oidcc_codereuse(here):
    code = code_for(here)
    redeem(code)
    assert error(redeem(code)) == (400, "invalid_grant")


def test_oidcc_codereuse_30seconds(here, clock):
    code = code_for(here)
    token = redeem(code).json()["access_token"]
    clock.shift(30)
    assert error(redeem(code)) == (400, "invalid_grant")
    assert userinfo(token).status_code == 401


def test_oidcc_ensure_registered_redirect_uri(here):
    assert authorize(here, redirect_uri="https://bakery.example/other").status_code == 400


def test_oidcc_ensure_post_request_succeeds(here):
    response = here.post("/oauth2/authorize", request_of(BAKERY), headers={"Origin": "https://bakery.example"})
    assert response.status_code == 303
    assert answer(here.get(response["Location"]))["code"]


def test_oidcc_server_client_secret_post(here):
    form = {"client_id": "bakery", "client_secret": SECRET, "code_verifier": VERIFIER}
    form |= {"grant_type": "authorization_code", "code": code_for(here), "redirect_uri": BAKERY["redirect_uris"][0]}
    assert post("/oauth2/token", form, None).status_code == 200


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(here):
    assert answer(authorize(here, request="eyJhbGciOiJub25lIn0.e30."))["error"] == "request_not_supported"


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(here):
    assert answer(authorize(here, request_uri="https://bakery.example/r"))["error"] == "request_uri_not_supported"


def test_oidcc_ensure_request_with_valid_pkce_succeeds(here):
    assert tokens_for(here)["id_token"]


def test_oidcc_refresh_token(here):
    first = tokens_for(here)
    second = refresh(first["refresh_token"]).json()
    assert re.fullmatch("[ -~]+", first["refresh_token"])
    before, after = read(first["id_token"]), read(second["id_token"])
    assert all(before[name] == after[name] for name in ("iss", "sub", "aud", "auth_time"))
    assert error(refresh(second["refresh_token"], OTHER)) == (400, "invalid_grant")


# -- Config ----------------------------------------------------------------------------------------


def test_oidcc_discovery_endpoint_verification():
    found = metadata()
    assert found["issuer"] == ISSUER
    required = ("authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported")
    assert {*required, "subject_types_supported", "id_token_signing_alg_values_supported"} <= found.keys()
    assert all(url.startswith("https://") for name, url in found.items() if name.endswith(("_endpoint", "_uri")))
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert all(re.fullmatch("[a-z]{2,3}(-[A-Z]{2})?", tag) for tag in found["ui_locales_supported"])


def test_oidcc_idtoken_rs256(here):
    assert jwt.get_unverified_header(tokens_for(here)["id_token"])["alg"] == "RS256"


def test_oidcc_ensure_kids_are_distinct(settings):
    settings.OTP_JWT_KEYS = [*settings.OTP_JWT_KEYS, keyring.new_key()]
    assert len({key["kid"] for key in published()}) == 2


def test_two_people_have_two_subjects(here):
    other = Client()
    sign_in(other, "other@example.com")
    assert read(tokens_for(other)["id_token"])["sub"] != read(tokens_for(here)["id_token"])["sub"]
