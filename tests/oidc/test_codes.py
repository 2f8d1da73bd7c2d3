"""Attacks on authorization codes, and on PKCE, which binds them to the client that asked."""

import pytest
from django.test import Client

from otp.models import LogEntry
from tests.support.api import ADDRESS, at_once, statuses
from tests.support.owners import sign_in
from tests.support.pages import submit
from tests.support.provider import (
    BAKERY,
    OLD,
    OTHER,
    VERIFIER,
    answer,
    authorize,
    code_for,
    error,
    redeem,
    refresh,
    request_of,
    userinfo,
)

INVALID_GRANT = (400, "invalid_grant")


# -- PKCE ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain", "code_challenge": VERIFIER},
        {"code_challenge_method": "s256"},
        {"code_challenge": "short"},
        {"code_challenge": "a" * 44},
        {"code_challenge": "=" * 43},
    ],
)
def test_pkce_downgrade_in_the_request_is_refused(here, changes):
    assert answer(authorize(here, **changes))["error"] == "invalid_request"


@pytest.mark.parametrize("verifier", [None, "another-verifier-that-is-long-enough-as-well-0", ""])
def test_pkce_downgrade_at_the_token_endpoint_is_refused(here, verifier):
    code = code_for(here)
    assert error(redeem(code, code_verifier=verifier)) == INVALID_GRANT
    assert redeem(code).status_code == 200  # a wrong verifier uses up nothing


def test_verifier_for_a_code_without_challenge_is_refused(here):
    """CVE-2023-48228: the attacker removed the challenge from the request."""
    code = code_for(here, OLD)
    assert error(redeem(code, OLD, code_verifier=VERIFIER)) == INVALID_GRANT


def test_client_without_pkce_that_sends_a_challenge_is_bound_to_it(here):
    code = code_for(
        here, OLD, **{name: request_of(BAKERY)[name] for name in ("code_challenge", "code_challenge_method")}
    )
    assert error(redeem(code, OLD)) == INVALID_GRANT
    assert redeem(code, OLD, code_verifier=VERIFIER).status_code == 200


# -- codes -----------------------------------------------------------------------------------------


def test_code_of_another_client_is_refused_and_stays_valid(here):
    """CVE-2026-32245."""
    code = code_for(here)
    assert error(redeem(code, OTHER)) == INVALID_GRANT
    assert error(redeem(code, OTHER, redirect_uri=BAKERY["redirect_uris"][0])) == INVALID_GRANT
    assert redeem(code).status_code == 200


def test_code_injection_with_another_redirect_uri_is_refused(here, settings):
    settings.OTP_CLIENTS = [BAKERY | {"redirect_uris": [*BAKERY["redirect_uris"], "https://bakery.example/second"]}]
    code = code_for(here)
    assert error(redeem(code, redirect_uri="https://bakery.example/second")) == INVALID_GRANT
    assert error(redeem(code, redirect_uri=None)) == (400, "invalid_request")


def test_replayed_code_ends_what_it_opened(here):
    code = code_for(here)
    tokens = redeem(code).json()
    assert error(redeem(code)) == INVALID_GRANT
    assert error(refresh(tokens["refresh_token"])) == INVALID_GRANT
    assert userinfo(tokens["access_token"]).status_code == 401
    assert error(redeem(code)) == INVALID_GRANT
    outcomes = [entry.outcome for entry in LogEntry.objects.filter(address=ADDRESS)]
    assert outcomes.count("refresh_token_reused") == 1


@pytest.mark.parametrize("later", [30, 61, 3600])
def test_code_replayed_later_ends_what_it_opened(here, clock, later):
    code = code_for(here)
    token = redeem(code).json()["refresh_token"]
    clock.shift(later)
    assert error(redeem(code)) == INVALID_GRANT
    assert error(refresh(token)) == INVALID_GRANT


def test_replayed_code_of_a_refreshed_session_ends_it(here):
    code = code_for(here)
    token = refresh(redeem(code).json()["refresh_token"]).json()["refresh_token"]
    assert error(redeem(code)) == INVALID_GRANT
    assert error(refresh(token)) == INVALID_GRANT


@pytest.mark.dynamodb_local
def test_parallel_replays_have_one_winner_whose_session_ends(dynamodb_local, clock):
    browser = Client()
    sign_in(browser)
    for _ in range(4):
        code = code_for(browser)
        answers = at_once(8, lambda code=code: redeem(code))
        assert statuses(answers) == {200: 1, 400: 7}
        (won,) = [each for each in answers if each.status_code == 200]
        assert error(refresh(won.json()["refresh_token"])) == INVALID_GRANT


@pytest.mark.dynamodb_local
def test_parallel_refreshes_get_one_token_and_older_ones_end_the_session(dynamodb_local, clock):
    browser = Client()
    sign_in(browser)
    first = redeem(code_for(browser)).json()["refresh_token"]
    answers = at_once(8, lambda: refresh(first))
    assert statuses(answers) == {200: 8}
    (second,) = {each.json()["refresh_token"] for each in answers}
    third = refresh(second).json()["refresh_token"]
    assert statuses(at_once(8, lambda: refresh(first))) == {400: 8}
    assert error(refresh(third)) == INVALID_GRANT


def test_code_is_valid_for_one_minute(here, clock):
    code = code_for(here)
    clock.shift(60)
    assert error(redeem(code)) == INVALID_GRANT
    code = code_for(here)
    clock.shift(59)
    assert redeem(code).status_code == 200


def test_code_can_not_be_made_from_what_is_stored(here):
    """CVE-2022-39222: codes were found by an id that could be guessed or read."""
    subject, sid, _number, mac = code_for(here).split(".")
    assert len(mac) == 64
    for guess in (
        f"{subject}.{sid}",
        f"{subject}.{sid}.0",
        f"{subject}.{sid}.0.{'0' * 64}",
        sid,
        f"{subject}.{sid}.1.{mac}",
    ):
        assert error(redeem(guess)) == INVALID_GRANT


def test_code_under_way_ends_with_the_sign_out_here(here):
    code = code_for(here, scope="openid offline_access")
    submit(here, here.get("/account/"))
    assert error(redeem(code)) == INVALID_GRANT
