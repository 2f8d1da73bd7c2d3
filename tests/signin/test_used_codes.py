"""Responses to wrong codes don't reveal that the code was used and its owner signed in (threat 25)."""

import pytest

from tests.support.accounts import member
from tests.support.api import (
    ADDRESS,
    answer,
    ask,
    mailed_code,
    other_than,
    status_and_code,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("signing_key")]

KEY = {"Idempotency-Key": "7"}


@pytest.fixture
def closed(settings):
    settings.OTP_SIGNUP = ["closed"]


@pytest.mark.parametrize("wrong_before", [0, 3])
def test_a_wrong_code_gets_the_same_response_before_and_after_the_owner_used_the_code(closed, wrong_before):
    answers = []
    for address, uses in ((ADDRESS, True), ("other@example.com", False)):
        member(address)
        ask(address)
        code = mailed_code(address)
        before = [answer(other_than(code), address).json() for _ in range(wrong_before)]
        if uses:
            assert answer(code, address).status_code == 200
        answers.append(before + [answer(other_than(code), address).json() for _ in range(8 - wrong_before)])
    assert answers[0] == answers[1]
    assert answers[0][6]["code"] == "otp_attempts_exceeded"


def test_a_used_code_of_a_deactivated_account_looks_unused(closed):
    answers = []
    for address, uses in ((ADDRESS, True), ("other@example.com", False)):
        member(address, is_active=False)
        ask(address)
        code = mailed_code(address)
        if uses:
            assert status_and_code(answer(code, address)) == (403, "account_inactive")
        answers.append([answer(other_than(code), address).json() for _ in range(7)])
    assert answers[0] == answers[1]


def test_a_wrong_code_repeated_after_the_success_gets_the_same_response(closed):
    member(ADDRESS)
    ask()
    code, stranger = mailed_code(), {"Idempotency-Key": "stranger's"}
    assert answer(code).status_code == 200
    first, again = (answer(other_than(code), headers=stranger).json() for _ in range(2))
    assert first == again == {"message": "Invalid OTP", "code": "otp_invalid", "attempts_left": 5}


def test_only_the_digits_of_a_used_code_reveal_that_it_was_used():
    ask()
    code = mailed_code()
    answer(code)
    assert status_and_code(answer(code)) == (404, "otp_not_found")
    assert status_and_code(answer(other_than(code))) == (401, "otp_invalid")


def test_only_the_digits_of_an_expired_used_code_reveal_that_it_was_used(clock):
    ask()
    code = mailed_code()
    answer(code)
    clock.shift(900)
    assert status_and_code(answer(other_than(code))) == (403, "otp_expired")
    assert status_and_code(answer(code)) == (404, "otp_not_found")


def test_attempts_at_an_expired_code_are_limited_and_a_stranger_cannot_tell_that_it_was_used(clock):
    answers = []
    for address, uses in ((ADDRESS, True), ("other@example.com", False)):
        ask(address)
        code = mailed_code(address)
        if uses:
            answer(code, address)
        clock.shift(900)
        answers.append([answer(other_than(code), address).json() for _ in range(6)])
        assert status_and_code(answer(code, address)) == (403, "otp_expired")
    assert answers[0] == answers[1]


def test_repeated_requests_of_an_inactive_account_get_the_same_response():
    member(ADDRESS, is_active=False)
    ask()
    code = mailed_code()
    assert [status_and_code(answer(code, headers=KEY)) for _ in range(2)] == [(403, "account_inactive")] * 2
