"""What is left of a send whose message or write failed (threats 17 and 24)."""

import re
import time

import pytest

from otp.delivery import email
from otp.dynamo.operations import Update, get
from otp.models import Address, Code, LogEntry
from otp.signin import send
from otp.signin.callers import Caller
from otp.signin.flows import Flow
from tests.support.api import ADDRESS, answer, ask, ask_by_phone, mailed_code, other_than
from tests.support.clock import NOW
from tests.support.faults import error, faulty, lost, refused

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def ses():
    return email.backend().connection


def left():
    """The sends of the budget, as seconds from noon, and the outcome of each line of the log."""
    record = get(Address, ADDRESS)
    sends = [sent - NOW for sent in record.sends] if record else None
    return sends, sorted(entry.outcome for entry in LogEntry.objects.order_by("created_at"))


def asked_twice(clock):
    """A first send, and a second one 90 seconds later, whose fate is the test's."""
    ask(headers={"Idempotency-Key": "6"})
    clock.shift(90)
    return ask(headers={"Idempotency-Key": "7"}).json()["code"]


def test_a_send_that_went_well(clock):
    assert asked_twice(clock) == "otp_sent"
    assert left() == ([0, 90], ["otp_sent", "otp_sent"])


def test_a_mail_that_failed_is_taken_back(ses, clock):
    ask()
    clock.shift(90)
    with faulty("SendEmail", refused, of=ses):
        assert ask(headers={"Idempotency-Key": "7"}).json()["code"] == "delivery_failed"
    assert left() == ([0], ["delivery_failed", "otp_sent"])
    assert re.fullmatch("[0-9a-f]{32}", get(Address, ADDRESS).last_write)
    assert get(Code, ADDRESS) is None


def test_a_mail_of_which_nobody_knows_counts_as_sent_and_its_code_is_taken(ses, clock):
    ask()
    clock.shift(90)
    with faulty("SendEmail", lost, of=ses):
        assert ask(headers={"Idempotency-Key": "7"}).json()["code"] == "delivery_unknown"
    assert left() == ([0, 90], ["delivery_unknown", "otp_sent"])
    assert answer(mailed_code()).status_code == 200


def guessed_meanwhile(request, real):
    """While SES thinks about it, for as long as it does, a client guesses."""
    while answer(other_than("000000")).status_code == 401:
        GUESSES.append(time.time())
    return error("SendingPausedException")(request, real)  # which is not asked a second time


GUESSES = []


def test_a_refused_mail_gives_no_send_back_whose_code_was_guessed_at(ses):
    GUESSES.clear()
    with faulty("SendEmail", guessed_meanwhile, of=ses):
        assert ask().json()["code"] == "delivery_failed"
    assert len(GUESSES) == 6
    assert left() == ([0], ["delivery_failed", *["otp_attempts_exceeded"], *["otp_invalid"] * 6])
    assert get(Code, ADDRESS).status == Code.Status.REVOKED
    assert ask().status_code == 429


def test_96_guesses_in_24_hours_hold_while_mail_is_refused(ses, clock, settings):
    settings.OTP_SENDS_PER_IP = settings.OTP_LOG_ENTRIES_PER_IP = 10**6
    GUESSES.clear()
    with faulty("SendEmail", *[guessed_meanwhile] * 40, of=ses):
        while time.time() < NOW + 86400:
            clock.shift(int(ask().headers.get("Retry-After", 1)))
    assert len(GUESSES) == 96


def test_a_code_that_was_not_guessed_at_gives_its_send_back_though_the_mail_before_it_is_live(ses, clock):
    challenge = ask(challenge=True).json()["challenge"]
    clock.shift(90)
    with faulty("SendEmail", refused, of=ses):
        assert ask().json()["code"] == "delivery_failed"
    assert answer(mailed_code(), challenge=challenge).status_code == 200
    assert ask().status_code == 200


def test_a_send_after_which_the_budget_moved_on_keeps_its_place_and_its_code_ends(ses, clock):
    def another_send_meanwhile(request, real):
        clock.shift(60)
        assert ask(challenge=True).status_code == 200
        return error("MessageRejected")(request, real)

    with faulty("SendEmail", another_send_meanwhile, of=ses):
        assert ask().json()["code"] == "delivery_failed"
    assert left() == ([0, 60], ["delivery_failed", "otp_sent"])
    assert get(Code, ADDRESS).status == Code.Status.REVOKED


def test_a_fault_of_our_own_is_taken_back_and_logged_as_such(settings, monkeypatch):
    monkeypatch.setattr(email, "deliver", lambda message: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ask()
    assert left() == ([], ["server_error"])
    assert get(Code, ADDRESS) is None


def test_a_write_whose_answer_is_lost_for_good_is_taken_back(inbox):
    with faulty("TransactWriteItems", lost, lost):
        assert ask().json()["code"] == "unavailable"
    assert left() == ([], ["unavailable"])
    assert get(Code, ADDRESS) is None
    assert inbox() == []


def test_taking_a_write_back_may_fail_as_well():
    with faulty("TransactWriteItems", *[lost] * 4) as asked:
        assert ask().json()["code"] == "unavailable"
    assert asked == ["BatchGetItem"] + ["TransactWriteItems"] * 4


def test_a_code_that_was_used_while_its_mail_was_uncertain_stays_used(ses):
    """The mail had left after all, and its code was used before its failure was known."""

    def used_meanwhile(request, real):
        real(request)
        assert answer(mailed_code()).status_code == 200
        return lost(request, lambda request: None)

    with faulty("SendEmail", used_meanwhile, of=ses):
        assert ask().json()["code"] == "delivery_unknown"
    assert left() == ([0], ["delivery_unknown", "otp_verified"])


# -- what a send answers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("later", "expires_in", "retry_after"), [(0, 900, 60), (18, 882, 42), (60, 840, 0), (61, 839, 0)]
)
def test_a_repeated_send_answers_what_is_left(clock, later, expires_in, retry_after):
    ask(headers={"Idempotency-Key": "7"})
    clock.shift(later)
    again = ask(headers={"Idempotency-Key": "7"}).json()
    assert (again["expires_in"], again["retry_after"]) == (expires_in, retry_after)


def test_a_send_answers_by_the_settings(settings, clock):
    settings.OTP_SEND_WINDOWS, settings.OTP_LIFETIME = (7, 90), 300
    first = ask().json()
    clock.shift(8)
    second = ask().json()
    assert (first["expires_in"], first["retry_after"]) == (300, 7)
    assert (second["expires_in"], second["retry_after"]) == (300, 82)
    assert get(Code, ADDRESS).otp_expiry.timestamp() == NOW + 308


def unmet(position):
    reasons = [{"Code": "ConditionalCheckFailed" if n == position else "None"} for n in range(6)]
    return error("TransactionCanceledException", CancellationReasons=reasons)


@pytest.mark.parametrize(
    ("position", "code", "retry_after"),
    [(2, "caller_limited", 1601), (3, "sms_limited", 73601), (4, "sms_limited", 73601), (5, "sms_limited", 73601)],
)
def test_the_quota_that_had_no_room_says_how_long_to_wait(settings, position, code, retry_after):
    settings.OTP_SMS, settings.OTP_SMS_COUNTRIES, settings.OTP_SMS_DOMAIN = True, ["AU"], "otp.example"
    with faulty("TransactWriteItems", unmet(position)):
        refused = ask_by_phone().json()
    assert (refused["code"], refused["retry_after"]) == (code, retry_after)
    assert [entry.outcome for entry in LogEntry.objects.order_by("created_at")] == [code]


def test_a_send_that_lost_is_decided_again_from_what_the_winner_left(clock):
    ask()
    clock.shift(90)
    with faulty("TransactWriteItems", unmet(0)) as asked:
        assert ask().status_code == 200
    assert asked == ["BatchGetItem"] + ["TransactWriteItems"] * 3 + ["PutItem"]


def revoked_meanwhile(request, real):
    """Between the comparison and the last write."""
    Update(Code, ADDRESS, {"status": Code.Status.REVOKED}).run()
    return real(request)


@pytest.mark.parametrize("fault", [revoked_meanwhile, unmet(0)])
def test_a_right_code_that_is_revoked_or_gone_before_the_last_write_signs_nobody_in(fault):
    ask()
    code = mailed_code()
    with faulty("TransactWriteItems", fault):
        refused = answer(code)
    assert (refused.status_code, refused.json()["code"]) == (404, "otp_not_found")
    assert left() == ([0], ["otp_not_found", "otp_sent"])


def test_the_code_of_whoever_may_have_none_is_of_nothing_that_can_be_typed(settings, monkeypatch):
    settings.OTP_SIGNUP = ["closed"]
    monkeypatch.setattr(send.secrets, "token_hex", lambda size: "x" * 2 * size)
    answered = send.send_code(address=ADDRESS, flow=Flow("api"), caller=Caller("203.0.113.7"), request_id="7")
    assert (answered.expires_in, answered.retry_after) == (900, 60)
    assert get(Code, ADDRESS).code_digest == "x" * 64
