"""The maximum lengths and sizes that the API accepts."""

import json

import pytest

from otp.tokens import keyring
from tests.support.api import ADDRESS, answer, ask, post


def test_a_body_may_have_8192_bytes_and_no_more():
    body = json.dumps({"action": "send_otp", "email": ADDRESS})
    assert post(body + " " * (8192 - len(body))).status_code == 200
    assert post(body + " " * (8193 - len(body))).status_code == 413


@pytest.mark.parametrize("key", ["!", "~" * 255])
def test_an_idempotency_key_has_1_to_255_visible_characters(key):
    assert ask(headers={"Idempotency-Key": key}).status_code == 200


@pytest.mark.parametrize("key", ["", "~" * 256, "a b", "\x7f"])
def test_any_other_idempotency_key_is_refused(key):
    assert ask(headers={"Idempotency-Key": key}).json()["code"] == "idempotency_key_invalid"


def test_a_challenge_has_1_to_64_characters():
    assert answer("123456", challenge="-" * 64).json()["code"] == "otp_not_found"
    assert answer("123456", challenge="-" * 65).json()["code"] == "challenge_invalid"


def test_a_refresh_token_has_1_to_200_characters(settings):
    settings.OTP_JWT_KEYS = [keyring.new_key()]
    codes = [post({"action": "refresh_token", "refresh_token": "x" * size}).json()["code"] for size in (0, 1, 200, 201)]
    assert codes == ["refresh_token_required", *["refresh_token_invalid"] * 2, "refresh_token_required"]
