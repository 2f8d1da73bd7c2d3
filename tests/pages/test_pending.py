import pytest
import time_machine

from otp.pages import pending
from otp.pages.pending import KEPT, Pending
from otp.signin.send import Sent

NOON = 2_000_000_000
SENT = Sent(expires_in=900, retry_after=60)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_a_code_works_until_it_expires_and_another_waits_for_the_cooldown(clock):
    code = pending.after(SENT, "a@b.example", None)
    assert (code.works, code.wait, code.again) == (True, 60, False)
    clock.shift(60)
    assert (code.works, code.wait) == (True, 0)
    clock.shift(840)
    assert (code.works, code.wait) == (False, 0)


def test_a_later_code_is_a_new_one_and_a_repeated_send_is_not(clock):
    first = pending.after(SENT, "a@b.example", None)
    clock.shift(1)
    assert not pending.after(Sent(expires_in=900, retry_after=60), "a@b.example", first).again
    clock.shift(60)
    second = pending.after(SENT, "a@b.example", first)
    assert second.again
    assert pending.after(SENT, "a@b.example", second).again


def test_each_address_is_recalled_and_without_one_the_last():
    session = {}
    codes = [Pending(f"{name}@b.example", NOON, NOON) for name in "abc"]
    for code in codes:
        pending.save(session, code)
    assert [pending.recall(session, code.address) for code in codes] == codes
    assert pending.recall(session) == codes[-1]
    assert pending.recall(session, "d@b.example") is None
    assert pending.recall({}) is None


def test_an_address_that_is_asked_for_again_becomes_the_last():
    session = {}
    for name in "aba":
        pending.save(session, Pending(f"{name}@b.example", NOON, NOON))
    assert pending.recall(session).address == "a@b.example"


def test_a_cookie_keeps_but_a_few():
    session = {}
    for number in range(9):
        pending.save(session, Pending(f"{number}@b.example", NOON, NOON))
    assert list(session[pending.KEY]) == [f"{number}@b.example" for number in range(9 - KEPT, 9)]
