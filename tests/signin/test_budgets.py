"""How many codes may be asked for, and how many guesses made (threats 2, 3 and 4)."""

import time

import pytest
from django.test import Client

from otp.clock import DAY
from otp.dynamo.operations import get
from otp.models import Address
from tests.support.api import ADDRESS, answer, ask, mailed_code, other_than
from tests.support.clock import NOW

pytestmark = pytest.mark.slow

START = NOW - NOW % 3600


@pytest.fixture(autouse=True)
def full_hour(clock):
    clock.move_to(START)


def ask_from(ip, address):
    return Client(REMOTE_ADDR=ip).post(
        "/otp", {"action": "send_otp", "email": address}, content_type="application/json"
    )


def test_a_resend_never_gives_guesses_back_beyond_96_a_day(clock, settings):
    settings.OTP_SENDS_PER_IP = 10**6
    guesses, sent = 0, 0
    while time.time() < START + DAY:
        refused = ask()
        if refused.status_code == 429:
            clock.shift(refused.json()["retry_after"])
            continue
        sent += 1
        wrong = other_than(mailed_code())
        while answer(wrong).status_code == 401:
            guesses += 1
    assert (sent, guesses) == (16, 96)


def test_a_success_makes_the_budget_whole(clock):
    for wait in (0, 60, 120, 180):
        clock.shift(wait)
        assert ask().status_code == 200
    assert answer(mailed_code()).status_code == 200
    assert ask().status_code == 200


def test_parallel_flows_of_one_address_share_its_budget():
    assert ask(challenge=True).status_code == 200
    assert ask(challenge=True).status_code == 429
    assert ask().status_code == 429


def test_a_network_gets_sixty_codes_in_an_hour(clock):
    for n in range(60):
        assert ask_from("203.0.113.7", f"person{n}@example.com").status_code == 200
    refused = ask_from("203.0.113.7", "person60@example.com")
    assert (refused.status_code, refused.json()["code"]) == (429, "caller_limited")
    assert ask_from("203.0.113.8", "person60@example.com").status_code == 200
    clock.shift(refused.json()["retry_after"])
    assert ask_from("203.0.113.7", "person61@example.com").status_code == 200


def test_a_networks_budget_is_not_cleared_by_its_own_success(settings):
    settings.OTP_SENDS_PER_IP = 2
    for _ in range(2):
        ask()
        assert answer(mailed_code()).status_code == 200
    assert ask().json()["code"] == "caller_limited"


def test_a_forwarded_address_does_not_change_the_network(settings):
    settings.OTP_SENDS_PER_IP = 1
    ask()
    assert ask("other@example.com", headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 429


def test_a_trusted_server_asks_for_all_its_users(settings, requests_log):
    settings.OTP_SENDS_PER_IP, settings.OTP_TRUSTED_CALLERS = 1, ["127.0.0.0/8"]
    assert [ask(f"person{n}@example.com").status_code for n in range(3)] == [200] * 3
    assert ask("person0@example.com").status_code == 429


def test_the_per_code_limit_needs_no_rate_limiter(settings):
    settings.OTP_SENDS_PER_IP, settings.OTP_SEND_WINDOWS = 10**6, (1,)
    ask()
    wrong = other_than(mailed_code())
    assert [answer(wrong).status_code for _ in range(8)] == [401] * 6 + [403] * 2


def test_an_address_may_be_locked_between_successes(settings, clock):
    settings.OTP_SENDS_BETWEEN_SUCCESSES = 2
    for _ in range(2):
        assert ask().status_code == 200
        clock.shift(DAY)
    refused = ask()
    assert (refused.status_code, refused.json()["code"]) == (429, "address_locked")
    assert refused.json()["retry_after"] > DAY


def test_a_success_ends_the_lock_count(settings, clock):
    settings.OTP_SENDS_BETWEEN_SUCCESSES = 2
    for _ in range(3):
        assert ask().status_code == 200
        assert answer(mailed_code()).status_code == 200


def test_a_record_is_forgotten_once_its_last_window_has_passed():
    ask()
    assert get(Address, ADDRESS).expires_at.timestamp() == START + DAY
