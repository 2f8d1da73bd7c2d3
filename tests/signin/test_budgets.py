"""The limits of sends and attempts (threats 2, 3 and 4)."""

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


def test_resends_allow_at_most_96_attempts_a_day(clock, settings):
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


def test_any_24_hours_allow_at_most_96_attempts_including_late_ones(clock, settings):
    """A code is valid for a quarter of an hour, so late attempts can count for a later day than their send."""
    settings.OTP_SENDS_PER_IP = settings.OTP_LOG_ENTRIES_PER_IP = 10**6
    compared, live = [], []

    def guess(challenge):
        while answer("000000", challenge=challenge).status_code in (200, 401):
            compared.append(time.time())

    while time.time() < START + DAY + 2000:
        sent = ask(challenge=True)
        if sent.status_code == 200:
            live.append((time.time() + 899, sent.json()["challenge"]))
        late_ones_are_due = time.time() < START + 899 + 899
        wait = int(sent.headers.get("Retry-After", 0))
        if live and late_ones_are_due:
            wait = min(wait, live[0][0] - time.time()) if wait else 0
        clock.shift(wait)
        while live and (live[0][0] <= time.time() or not late_ones_are_due):
            guess(live.pop(0)[1])
    assert max(sum(start <= each < start + DAY for each in compared) for start in compared) == 96


def test_a_success_does_not_change_the_wait_for_the_next_code(clock):
    """Otherwise a stranger could tell who has an account, since closed sign-up mails no codes to others."""
    assert ask().status_code == 200
    clock.shift(18)
    before = ask()
    assert answer(mailed_code()).status_code == 200
    after = ask()
    assert (before.status_code, before["Retry-After"]) == (after.status_code, after["Retry-After"]) == (429, "42")
    clock.shift(42)
    assert ask().status_code == 200


def test_five_devices_of_one_person_are_signed_in_within_four_minutes(clock):
    for wait in (0, 60, 60, 60, 60):
        clock.shift(wait)
        assert ask().status_code == 200
        assert answer(mailed_code()).status_code == 200


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


def test_a_networks_budget_is_not_cleared_by_its_own_success(settings, clock):
    settings.OTP_SENDS_PER_IP = 2
    for wait in (0, 60):
        clock.shift(wait)
        ask()
        assert answer(mailed_code()).status_code == 200
    clock.shift(60)
    assert ask().json()["code"] == "caller_limited"


def test_a_forwarded_address_does_not_change_the_network(settings):
    settings.OTP_SENDS_PER_IP = 1
    ask()
    assert ask("other@example.com", headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 429


def test_a_trusted_server_sends_for_all_its_users(settings, requests_log):
    settings.OTP_SENDS_PER_IP, settings.OTP_TRUSTED_CALLERS = 1, ["127.0.0.0/8"]
    assert [ask(f"person{n}@example.com").status_code for n in range(3)] == [200] * 3
    assert ask("person0@example.com").status_code == 429


def test_the_per_code_limit_needs_no_rate_limiter(settings):
    settings.OTP_SENDS_PER_IP, settings.OTP_SEND_WINDOWS = 10**6, (1,)
    ask()
    wrong = other_than(mailed_code())
    assert [answer(wrong).status_code for _ in range(8)] == [401] * 6 + [403] * 2


def test_a_record_is_forgotten_once_its_last_window_has_passed():
    ask()
    assert get(Address, ADDRESS).expires_at.timestamp() == START + 87300 + 900
