"""Every token in every other's place, and forged ones."""

import base64
import json

import jwt
import pytest
from django.test import Client

from otp.tokens import keyring
from tests.support.api import me, signed_in
from tests.support.api import post as post_json
from tests.support.forgeries import by_hand, parts
from tests.support.pages import is_in
from tests.support.provider import (
    APP,
    OTHER,
    code_for,
    error,
    post,
    redeem,
    refresh,
    tokens_for,
    userinfo,
)

pytestmark = pytest.mark.slow

INVALID_GRANT = (400, "invalid_grant")


def test_client_tokens_open_nothing_of_the_api(here):
    code = code_for(here)
    tokens = redeem(code_for(here)).json()
    for text in (code, *(tokens[name] for name in ("access_token", "refresh_token", "id_token"))):
        assert me(text).status_code == 401
        for path in ("/otp/staff/figures", "/otp/staff/log"):
            assert Client().get(path, headers={"Authorization": f"Bearer {text}"}).status_code == 401
        everywhere = post_json({"action": "sign_out_everywhere"}, Authorization=f"Bearer {text}")
        assert everywhere.status_code == 401
        assert post_json({"action": "refresh_token", "refresh_token": text}).status_code in (400, 401)
        post_json({"action": "sign_out", "refresh_token": text})
    assert is_in(here)
    assert redeem(code).status_code == 200
    assert refresh(tokens["refresh_token"]).status_code == 200


def test_client_named_like_an_audience_of_the_api_opens_nothing_there(here, settings):
    settings.OTP_JWT_AUDIENCE = ["bakery"]
    assert me(tokens_for(here)["access_token"]).status_code == 401


def test_tokens_of_the_api_open_nothing_of_the_provider():
    tokens = signed_in("program@example.com")
    assert userinfo(tokens["access_token"]).status_code == 401
    assert error(refresh(tokens["refresh_token"])) == INVALID_GRANT
    assert error(redeem(tokens["refresh_token"])) == INVALID_GRANT
    assert post("/oauth2/revoke", {"token": tokens["refresh_token"]}).status_code == 200
    assert post("/oauth2/revoke", {"token": tokens["access_token"]}).status_code == 200
    assert me(tokens["access_token"]).status_code == 200


def test_no_token_passes_for_another_at_the_provider(here):
    code, tokens = code_for(here), redeem(code_for(here)).json()
    for text in (code, tokens["refresh_token"], tokens["id_token"], "", "x"):
        assert userinfo(text).status_code == 401
    for text in (tokens["refresh_token"], tokens["id_token"], tokens["access_token"]):
        assert error(redeem(text)) == INVALID_GRANT
    for text in (code, tokens["id_token"], tokens["access_token"]):
        assert error(refresh(text)) == INVALID_GRANT


def test_refresh_token_of_another_client_is_refused_and_stays_valid(here):
    token = tokens_for(here)["refresh_token"]
    assert error(refresh(token, OTHER)) == INVALID_GRANT
    assert error(refresh(token, APP)) == INVALID_GRANT
    assert refresh(token).status_code == 200


@pytest.mark.parametrize("name", ["refresh_token", "access_token"])
def test_revoking_a_token_of_another_client_ends_nothing(here, name):
    tokens = tokens_for(here)
    assert post("/oauth2/revoke", {"token": tokens[name]}, OTHER).status_code == 200
    assert userinfo(tokens["access_token"]).status_code == 200
    assert post("/oauth2/revoke", {"token": tokens[name]}).status_code == 200
    assert userinfo(tokens["access_token"]).status_code == 401


def forged(token):
    """Access tokens that were not signed here, or by no key or the wrong one."""
    header, claims = parts(token)
    yield by_hand(header | {"alg": "none"}, claims)
    yield by_hand(header | {"alg": "HS256"}, claims, keyring.signing().published["n"].encode())
    other = keyring.key(keyring.new_rsa_key())
    yield jwt.encode(claims, other.private, "RS256", headers=header)
    yield jwt.encode(claims, other.private, "RS256", headers=header | {"jwk": other.published, "kid": other.kid})
    mine = keyring.signing()
    yield jwt.encode(claims, mine.private, "RS256", headers=header | {"crit": ["b64"], "b64": False})
    yield jwt.encode(claims | {"iss": "https://evil.example"}, mine.private, "RS256", headers=header)
    yield jwt.encode(claims, mine.private, "RS256", headers=header | {"typ": "JWT"})
    head, _body, signature = token.split(".")
    changed = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "0" * 32}).encode()).rstrip(b"=").decode()
    yield f"{head}.{changed}.{signature}"


def test_forged_access_tokens_are_refused(here):
    token = tokens_for(here)["access_token"]
    assert userinfo(token).status_code == 200
    for text in forged(token):
        response = userinfo(text)
        assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
