import pytest

from otp.pages import sent_codes
from otp.pages.sent_codes import MAX_CODES, SentCode
from tests.support.clock import NOW

pytestmark = pytest.mark.usefixtures("clock")

SENT = {"expires_in": 900, "retry_after": 60}


def test_a_code_works_until_it_expires_and_another_waits_for_the_cooldown(clock):
    code = sent_codes.after_send("a@b.example", None, **SENT)
    assert (code.works, code.wait, code.resent) == (True, 60, False)
    clock.shift(60)
    assert (code.works, code.wait) == (True, 0)
    clock.shift(840)
    assert (code.works, code.wait) == (False, 0)


def test_a_later_code_is_a_new_one_and_a_repeated_send_is_not(clock):
    first = sent_codes.after_send("a@b.example", None, **SENT)
    clock.shift(1)
    assert not sent_codes.after_send("a@b.example", first, **SENT).resent
    clock.shift(60)
    second = sent_codes.after_send("a@b.example", first, **SENT)
    assert second.resent
    assert sent_codes.after_send("a@b.example", second, **SENT).resent


def test_each_address_is_recalled_and_without_one_the_last():
    session = {}
    codes = [SentCode(f"{name}@b.example", NOW, NOW) for name in "abc"]
    for code in codes:
        sent_codes.save(session, code)
    assert [sent_codes.find(session, code.address) for code in codes] == codes
    assert sent_codes.find(session) == codes[-1]
    assert sent_codes.find(session, "d@b.example") is None
    assert sent_codes.find({}) is None


def test_an_address_that_gets_another_code_becomes_the_last():
    session = {}
    for name in "aba":
        sent_codes.save(session, SentCode(f"{name}@b.example", NOW, NOW))
    assert sent_codes.find(session).address == "a@b.example"


def test_a_cookie_keeps_but_a_few():
    session = {}
    for number in range(9):
        sent_codes.save(session, SentCode(f"{number}@b.example", NOW, NOW))
    assert list(session[sent_codes.KEY]) == [f"{number}@b.example" for number in range(9 - MAX_CODES, 9)]
