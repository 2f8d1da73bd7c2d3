"""Families of refresh tokens as the table holds them, made with the first key alone."""

import pytest
from django.test import Client

from tests.support.api import ADDRESS, refresh
from tests.support.stored import KEYS, entry, items, log, sign_in

pytestmark = pytest.mark.usefixtures("known_secrets")

FAMILY = "886819919dcb6ac96cd9e79461f95cb6965a1d27ff147f332974860c0954a1d5"
TOKEN = (
    "2947233866ff76f1255b802cb818d3e9ac5e819ee270e1fda3fda1db0d14884d."
    "26ba25e95270a041dcfd023740a611581906c0f066f9d931b1d1c5f98ad160d7"
)
FOLLOWING = (
    "2947233866ff76f1255b802cb818d3e9ac5e819ee270e1fda3fda1db0d14884d."
    "2021ee38c43d2598a59c7e66d97cfa3c25b9b0aaaa3539b0f3cae6c559db7da2"
)
TOKEN_DIGEST = "7bb3d2c38c70b06d28381477bb009763e963741a24c58ab7a395d70c57e0dabe"
FOLLOWING_DIGEST = "4af8e9d9ccc70ec088bc776f45cb27f3908e60ba230e294806e4509cc30c0a00"


def test_a_family_is_stored_as_digests_and_its_first_token_comes_from_the_request(clock):
    assert sign_in(clock)["refresh_token"] == TOKEN
    (account,) = items("otp_accounts")
    family = {
        "key": FAMILY,
        "address": ADDRESS,
        "epoch": account["session_epoch"],
        "newest": TOKEN_DIGEST,
        "created_at": "2033-05-18T03:34:02.000000Z",
        "rotated_at": "2033-05-18T03:34:02.000000Z",
        "expires_at": "2002592042",
    }
    assert items("otp_refresh_families") == [family]
    clock.shift(10)
    assert refresh(TOKEN).json()["refresh_token"] == FOLLOWING
    rotated = {"newest": FOLLOWING_DIGEST, "parent": TOKEN_DIGEST, "rotated_at": "2033-05-18T03:34:12.000000Z"}
    assert items("otp_refresh_families") == [{**family, **rotated}]


def test_a_reused_token_is_logged_as_what_it_is(clock):
    sign_in(clock)
    refresh(TOKEN)
    clock.shift(31)
    Client().post(
        "/otp",
        {"action": "refresh_token", "refresh_token": TOKEN},
        content_type="application/json",
        headers={"User-Agent": "probe/1"},
    )
    assert items("otp_refresh_families") == []
    reused = entry("refresh_token_reused", at="2033-05-18T03:34:33.000000Z", stamp="01d1a94b3d28", expires="2007776073")
    assert log()[-1] == reused


def test_what_is_made_is_made_with_the_first_key_alone(settings, clock):
    token = sign_in(clock)["refresh_token"]
    settings.OTP_KEYS = KEYS[:1]
    following = refresh(token).json()["refresh_token"]
    settings.OTP_KEYS = KEYS[1:]
    assert refresh(following).status_code == 401
