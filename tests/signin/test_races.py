"""Parallel requests (threats 1 and 2), on the embedded AWS, and on DynamoDB Local, where they really race."""

from collections import Counter

import pytest

from otp.models import Code, LogEntry
from tests.support.api import ADDRESS, answer, ask, at_once, mailed_code, other_than, statuses

pytestmark = pytest.mark.slow


def test_of_fifty_wrong_codes_six_are_compared(storage):
    ask()
    wrong = other_than(mailed_code())
    assert statuses(at_once(50, lambda: answer(wrong))) == {401: 6, 403: 44}
    assert Code.objects.get(pk=ADDRESS).attempts == 6


def test_of_twenty_correct_codes_one_signs_in(storage):
    ask()
    code = mailed_code()
    found = statuses(at_once(20, lambda: answer(code)))
    assert (found[200], found[403] + found[404]) == (1, 19)
    entries = LogEntry.objects.filter(address=ADDRESS).order_by("created_at")
    outcomes = Counter(entry.outcome for entry in entries)
    assert (outcomes["otp_verified"], outcomes["otp_not_found"], outcomes["otp_attempts_exceeded"]) == (
        1,
        found[404],
        found[403],
    )


def test_of_twenty_sends_one_goes_out(storage, inbox, all_read_first):
    assert statuses(at_once(20, ask)) == {200: 1, 429: 19}
    assert len(inbox()) == 1


def test_the_same_correct_request_twenty_times_in_parallel_is_one_sign_in(storage):
    ask()
    code = mailed_code()
    assert statuses(at_once(20, lambda: answer(code, headers={"Idempotency-Key": "7"}))) == {200: 20}
    entries = LogEntry.objects.filter(address=ADDRESS).order_by("created_at")
    assert Counter(entry.outcome for entry in entries) == {"otp_sent": 1, "otp_verified": 1}


def test_the_same_send_twenty_times_at_once_is_one_mail(storage, inbox, all_read_first):
    """The others are told to wait until the one that mails has ended. Repeating them then gets its response."""
    first, again = (at_once(20, lambda: ask(headers={"Idempotency-Key": "7"})) for _ in range(2))
    assert statuses(first) == {200: 1, 503: 19}
    assert {each["Retry-After"] for each in first if each.status_code == 503} == {"10"}
    assert statuses(again) == {200: 20}
    assert len(inbox()) == 1


def test_a_network_cannot_outrun_its_budget(storage, settings, all_read_first):
    settings.OTP_SENDS_PER_IP = 5
    addresses = iter([f"person{n}@example.com" for n in range(20)])
    assert statuses(at_once(20, lambda: ask(next(addresses)))) == {200: 5, 429: 15}
