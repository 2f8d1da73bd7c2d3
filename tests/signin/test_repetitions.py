"""Requests repeated with their Idempotency-Key after a lost response don't count twice (threat 16)."""

import pytest

from tests.support.api import answer, ask, mailed_code, other_than
from tests.support.entries import outcomes
from tests.support.faults import faulty, lost

pytestmark = pytest.mark.usefixtures("clock")


def test_a_repeated_send_sends_once_and_gets_the_same_response(inbox):
    first, again = (ask(headers={"Idempotency-Key": "7"}, challenge=True) for _ in range(2))
    assert first.status_code == 200
    assert first.json() == again.json()
    assert len(inbox()) == 1


def test_a_repeated_correct_code_is_accepted_again_only_with_the_same_key():
    ask()
    code = mailed_code()
    first, again = (answer(code, headers={"Idempotency-Key": "7"}) for _ in range(2))
    assert first.json()["code"] == again.json()["code"] == "otp_verified"
    assert answer(code, headers={"Idempotency-Key": "8"}).json()["code"] == "otp_not_found"


def test_a_repeated_wrong_code_is_one_attempt():
    ask()
    wrong = other_than(mailed_code())
    answer("x")
    first, again = (answer(wrong, headers={"Idempotency-Key": "7"}) for _ in range(2))
    assert first.json() == again.json()
    assert answer("y").json()["attempts_left"] == 3


def test_a_key_with_another_code_is_another_attempt():
    ask()
    code = mailed_code()
    key = {"Idempotency-Key": "7"}
    assert answer(other_than(code), headers=key).status_code == 401
    assert answer(code, headers=key).status_code == 200


def test_a_correct_code_repeated_after_its_expiry_is_not_found(clock):
    ask()
    code, key = mailed_code(), {"Idempotency-Key": "7"}
    answer(code, headers=key)
    clock.shift(900)
    assert answer(code, headers=key).json()["code"] == "otp_not_found"


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_invalid_key_is_refused(key):
    assert ask(headers={"Idempotency-Key": key}).json()["code"] == "idempotency_key_invalid"


def test_a_wrong_code_whose_count_had_a_lost_answer_is_logged_once():
    ask()
    wrong = other_than(mailed_code())
    with faulty("UpdateItem", lost):
        assert answer(wrong, headers={"Idempotency-Key": "7"}).status_code == 401
    assert answer(wrong, headers={"Idempotency-Key": "7"}).status_code == 401
    assert outcomes() == ["otp_invalid", "otp_sent"]
