"""The stored items of programs' sessions, and their tokens, which are made with the first key."""

import hmac

import pytest
from django.test import Client

from tests.support.api import refresh
from tests.support.stored import KEYS, entry, items, log, sign_in

pytestmark = pytest.mark.usefixtures("known_secrets")


def token_of(session, number, key=KEYS[0]):
    """From `printf 7:refresh32:$SUBJECT32:$SID1:$NUMBER | openssl dgst -sha256 -hmac $KEY`."""
    parts = [session["subject"], session["sid"], str(number)]
    text = "".join(f"{len(part)}:{part}" for part in ("refresh", *parts))
    return ".".join([*parts, hmac.digest(key.encode(), text.encode(), "sha256").hex()])


def test_a_refresh_changes_a_number_and_the_time_of_use(clock):
    first = sign_in(clock)["refresh_token"]
    (session,) = items("otp_sessions")
    assert first == token_of(session, 0)
    clock.shift(10)
    assert refresh(first).json()["refresh_token"] == token_of(session, 1)
    assert items("otp_sessions") == [{**session, "refreshes": "1", "used_at": "2033-05-18T03:34:12.000000Z"}]


def test_a_reused_token_has_its_own_outcome_in_the_log(clock):
    first = sign_in(clock)["refresh_token"]
    (session,) = items("otp_sessions")
    refresh(refresh(first).json()["refresh_token"])
    clock.shift(31)
    Client().post(
        "/otp",
        {"action": "refresh_token", "refresh_token": first},
        content_type="application/json",
        headers={"User-Agent": "probe/1"},
    )
    assert items("otp_sessions") == []
    reused = entry("refresh_token_reused", at="2033-05-18T03:34:33.000000Z", stamp="01d1a94b3d28", expires="2007776073")
    assert log()[-1] == {**reused, "account": session["subject"]}


def test_new_tokens_and_digests_use_the_first_key(settings, clock):
    token = sign_in(clock)["refresh_token"]
    settings.OTP_KEYS = KEYS[:1]
    following = refresh(token).json()["refresh_token"]
    settings.OTP_KEYS = KEYS[1:]
    assert refresh(following).status_code == 401
