"""Replacing the keys that sign tokens: a new one is published before it signs."""

from io import StringIO

import jwt
import pytest
from django.core.management import call_command
from django.test import Client

from otp.conf import private_keys
from otp.tokens import keyring
from tests.support.api import me, signed_in

OLD, RSA = keyring.new_key(), keyring.new_rsa_key()


@pytest.fixture(autouse=True)
def signing_key(settings, clock):
    settings.OTP_JWT_KEYS = [OLD]


def made(*command):
    """The key that a command prints, and the steps."""
    call_command(*command, stdout=(key := StringIO()), stderr=(steps := StringIO()))
    (found,) = private_keys(key.getvalue())
    return found, steps.getvalue()


def signer(token, *others):
    """Which of the keys has signed a token."""
    kid = jwt.get_unverified_header(token)["kid"]
    (found,) = [text for text in (OLD, *others) if keyring.key(text).kid == kid]
    return found


def test_keys_rotate_without_refusing_anyone(settings, clock):
    """The steps that `new_jwt_key` prints. The new key is published for a day before it signs."""
    new, steps = made("new_jwt_key")
    assert "deploy before 19 May, 01:33 UTC" in steps
    assert "signs from 19 May, 03:33 UTC on" in steps
    assert "After 19 May, 03:44 UTC" in steps
    settings.OTP_JWT_KEYS = [new, OLD]
    published = Client().get("/.well-known/jwks.json").json()
    assert [key["kid"] for key in published["keys"]] == [keyring.key(new).kid, keyring.key(OLD).kid]
    clock.shift(86399)
    before = signed_in()["access_token"]
    assert signer(before) == OLD
    clock.shift(1)
    after = signed_in("other@example.com")["access_token"]
    assert signer(after, new) == new
    assert me(before).status_code == me(after).status_code == 200
    settings.OTP_JWT_KEYS = [new]
    assert (me(before).status_code, me(after).status_code) == (401, 200)


def test_the_last_key_signs_although_it_is_early(settings):
    new, _ = made("new_jwt_key", "--rsa")
    settings.OTP_JWT_KEYS = [new]
    assert signer(signed_in()["access_token"], new) == new


def test_a_key_of_another_algorithm_does_not_wait_for_itself(settings):
    """A site that has only an EdDSA key becomes an OpenID provider."""
    new, _ = made("new_jwt_key", "--rsa")
    settings.OTP_JWT_KEYS = [OLD, new]
    assert keyring.signing("RS256") == keyring.key(new)
    settings.OTP_JWT_KEYS = [new, RSA]
    assert keyring.signing("RS256") == keyring.key(RSA)


def test_a_key_that_replaces_a_leaked_one_signs_at_once(settings):
    new, _ = made("new_jwt_key", "--now")
    settings.OTP_JWT_KEYS = [new, OLD]
    assert signer(signed_in()["access_token"], new) == new


def test_the_first_key_signs_at_once(settings):
    settings.OTP_JWT_KEYS = []
    first, steps = made("new_jwt_key")
    assert "nbf" not in first
    assert "OTP_JWT_ISSUER" in steps
