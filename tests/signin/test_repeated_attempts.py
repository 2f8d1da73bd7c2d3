"""A repeated attempt gets the same session while that is valid, only for the same caller (threats 23 and 28)."""

import pytest
from django.test import Client

from otp.accounts import own
from tests.support.accounts import account_at, change_account
from tests.support.api import (
    ADDRESS,
    answer,
    ask,
    at_once,
    mailed_code,
    me,
    other_than,
    refresh,
    status_and_code,
    statuses,
)
from tests.support.entries import outcomes
from tests.support.pages import copy_of, is_in, request_code, submit
from tests.support.stored import items

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("signing_key")]

KEY = {"Idempotency-Key": "7"}


def signed_in_and_kept():
    """A signed-in browser, a copy of it from before its sign-in, and the data that it posted."""
    browser = Client()
    page = request_code(browser)
    thief, code = copy_of(browser), mailed_code()
    submit(browser, page, code=code)
    assert is_in(browser)
    return browser, lambda: submit(thief, page, code=code), thief


END = {
    "signed out": lambda browser: browser.post("/account/sign-out/"),
    "signed out everywhere": lambda browser: own.sign_out_everywhere(account_at(ADDRESS)),
    "deactivated": lambda browser: change_account(ADDRESS, is_active=False),
    "deleted": lambda browser: own.delete(account_at(ADDRESS)),
}


@pytest.mark.parametrize("end", END.values(), ids=END)
def test_a_sign_in_by_page_is_not_repeated_past_the_end_of_its_session(end):
    browser, repeat, thief = signed_in_and_kept()
    end(browser)
    before = account_at(ADDRESS)
    for _ in range(2):
        page = repeat()
        assert page.status_code in (403, 404)
        assert not is_in(thief)
        assert "otp_device" not in thief.cookies
    assert account_at(ADDRESS) == before
    assert len(items("otp_sessions")) <= 1
    assert len(set(outcomes()) & {"otp_not_found", "account_inactive"}) == 1


@pytest.mark.parametrize("end", list(END.values())[1:], ids=list(END)[1:])
def test_a_sign_in_by_api_is_not_repeated_past_the_end_of_its_session(end):
    ask()
    code = mailed_code()
    assert answer(code, headers=KEY).status_code == 200
    end(None)
    before = account_at(ADDRESS)
    for _ in range(2):
        assert status_and_code(answer(code, headers=KEY)) in [(404, "otp_not_found"), (403, "account_inactive")]
    assert account_at(ADDRESS) == before
    assert len(items("otp_sessions")) <= 1  # a deletion takes it along


def test_a_repeated_request_opens_the_same_session_and_no_other():
    _, repeat, thief = signed_in_and_kept()
    repeat()
    assert is_in(thief)
    assert len(items("otp_sessions")) == 1
    assert outcomes() == ["otp_sent", "otp_verified"]


def test_a_repeated_request_gains_no_second_device():
    browser, repeat, thief = signed_in_and_kept()
    repeat()
    ids = {each.cookies["otp_device"].value.partition(".")[0] for each in (browser, thief)}
    assert len(ids) == 1


def test_thirty_parallel_repetitions_are_one_session_and_one_entry(storage):
    ask()
    code = mailed_code()
    assert statuses(at_once(30, lambda: answer(code, headers=KEY))) == {200: 30}
    assert len(items("otp_sessions")) == 1
    assert outcomes() == ["otp_sent", "otp_verified"]


def test_a_repeated_request_gets_tokens_of_the_same_session():
    ask()
    code = mailed_code()
    first, again = (answer(code, headers=KEY).json() for _ in range(2))
    assert first["refresh_token"] == again["refresh_token"]
    assert me(again["access_token"]).status_code == 200
    assert refresh(again["refresh_token"]).status_code == 200


def test_a_page_may_stay_open_until_the_session_expires(settings, clock):
    """The code is valid for a quarter of an hour; a later repetition is refused as expired."""
    _, repeat, thief = signed_in_and_kept()
    clock.shift(901)
    assert repeat().status_code == 404
    assert not is_in(thief)


# -- keys of other callers -------------------------------------------------------------------------


def from_network(address, body):
    return Client(REMOTE_ADDR=address).post("/otp", body, content_type="application/json", headers=KEY)


SEND = {"action": "send_otp", "email": ADDRESS, "challenge": True}


def test_a_key_of_another_caller_is_another_request(clock):
    first = from_network("203.0.113.7", SEND).json()
    assert from_network("203.0.113.7", SEND).json() == first
    clock.shift(60)
    stranger = from_network("203.0.113.8", SEND).json()
    assert stranger["challenge"] != first["challenge"]


def test_a_stranger_with_the_same_key_uses_up_no_attempts_of_a_challenge(clock):
    first = from_network("203.0.113.7", SEND).json()["challenge"]
    code = mailed_code()
    clock.shift(60)
    stranger = from_network("203.0.113.8", SEND).json()["challenge"]
    for n in range(6):
        from_network("203.0.113.8", {"action": "verify_otp", "email": ADDRESS, "otp": f"x{n}", "challenge": stranger})
    assert answer(code, challenge=first).status_code == 200


def test_a_wrong_code_of_another_caller_with_the_same_key_is_another_attempt():
    ask()
    guess = {"action": "verify_otp", "email": ADDRESS, "otp": other_than(mailed_code())}
    left = [from_network(f"203.0.113.{n}", guess).json()["attempts_left"] for n in (7, 7, 8)]
    assert left == [5, 5, 4]
