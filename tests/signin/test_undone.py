"""The stored state after the message or the write of a send failed (threats 17 and 24)."""

import re
import time

import pytest

from otp.delivery import email
from otp.dynamo.operations import Update, get
from otp.models import Address, Code, LogEntry
from otp.signin import codes, send
from otp.signin.callers import Caller
from otp.signin.flows import Flow
from tests.support.api import ADDRESS, answer, ask, ask_by_phone, mailed_code, other_than
from tests.support.clock import NOW
from tests.support.faults import error, faulty, lost, refused

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]


@pytest.fixture
def ses():
    return email.backend().connection


def left():
    """The sends of the budget, as seconds after NOW, and the outcomes of the log's entries."""
    record = get(Address, ADDRESS)
    sends = [sent - NOW for sent in record.sends] if record else None
    return sends, sorted(entry.outcome for entry in LogEntry.objects.order_by("created_at"))


def asked_twice(clock):
    """Send once, and again 90 seconds later; returns the code of the second response."""
    ask(headers={"Idempotency-Key": "6"})
    clock.shift(90)
    return ask(headers={"Idempotency-Key": "7"}).json()["code"]


def test_a_successful_send(clock):
    assert asked_twice(clock) == "otp_sent"
    assert left() == ([0, 90], ["otp_sent", "otp_sent"])


def test_a_failed_mail_is_undone(ses, clock):
    ask()
    clock.shift(90)
    with faulty("SendEmail", refused, of=ses):
        assert ask(headers={"Idempotency-Key": "7"}).json()["code"] == "delivery_failed"
    assert left() == ([0], ["delivery_failed", "otp_sent"])
    assert re.fullmatch("[0-9a-f]{32}", get(Address, ADDRESS).last_write)
    assert get(Code, ADDRESS) is None


def test_an_uncertain_mail_counts_as_sent_and_its_code_is_accepted(ses, clock):
    ask()
    clock.shift(90)
    with faulty("SendEmail", lost, of=ses):
        assert ask(headers={"Idempotency-Key": "7"}).json()["code"] == "delivery_unknown"
    assert left() == ([0, 90], ["delivery_unknown", "otp_sent"])
    assert answer(mailed_code()).status_code == 200


def guessed_meanwhile(request, real):
    """Make an attempt before SES responds."""
    while answer(other_than("000000")).status_code == 401:
        GUESSES.append(time.time())
    return error("SendingPausedException")(request, real)  # an error that isn't retried


GUESSES = []


def test_a_refused_mail_is_not_undone_if_its_code_had_an_attempt(ses):
    GUESSES.clear()
    with faulty("SendEmail", guessed_meanwhile, of=ses):
        assert ask().json()["code"] == "delivery_failed"
    assert len(GUESSES) == 6
    assert left() == ([0], ["delivery_failed", "otp_attempts_exceeded", *["otp_invalid"] * 5, "otp_locked"])
    assert get(Code, ADDRESS).status == Code.Status.REVOKED
    assert ask().status_code == 429


def test_96_attempts_in_24_hours_are_the_limit_even_if_mail_is_refused(ses, clock, settings):
    settings.OTP_SENDS_PER_IP = settings.OTP_LOG_ENTRIES_PER_IP = 10**6
    GUESSES.clear()
    with faulty("SendEmail", *[guessed_meanwhile] * 40, of=ses):
        while time.time() < NOW + 86400:
            clock.shift(int(ask().headers.get("Retry-After", 1)))
    assert len(GUESSES) == 96


def test_a_refused_mail_is_undone_although_the_code_before_it_is_live(ses, clock):
    challenge = ask(challenge=True).json()["challenge"]
    clock.shift(90)
    with faulty("SendEmail", refused, of=ses):
        assert ask().json()["code"] == "delivery_failed"
    assert answer(mailed_code(), challenge=challenge).status_code == 200
    assert ask().status_code == 200


def test_a_refused_mail_is_not_undone_after_a_later_send_and_its_code_is_ended(ses, clock):
    def another_send_meanwhile(request, real):
        clock.shift(60)
        assert ask(challenge=True).status_code == 200
        return error("MessageRejected")(request, real)

    with faulty("SendEmail", another_send_meanwhile, of=ses):
        assert ask().json()["code"] == "delivery_failed"
    assert left() == ([0, 60], ["delivery_failed", "otp_sent"])
    assert get(Code, ADDRESS).status == Code.Status.REVOKED


def test_an_error_of_the_site_is_undone_and_logged_as_such(settings, monkeypatch):
    monkeypatch.setattr(email, "deliver", lambda message: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ask()
    assert left() == ([], ["server_error"])
    assert get(Code, ADDRESS) is None


def test_a_write_without_a_response_is_undone(inbox):
    with faulty("TransactWriteItems", lost, lost):
        assert ask().json()["code"] == "unavailable"
    assert left() == ([], ["unavailable"])
    assert get(Code, ADDRESS) is None
    assert inbox() == []


def test_undoing_a_write_may_fail_too():
    with faulty("TransactWriteItems", *[lost] * 4) as operations:
        assert ask().json()["code"] == "unavailable"
    assert operations == ["BatchGetItem"] + ["TransactWriteItems"] * 4


def test_a_code_that_was_used_while_its_mail_was_uncertain_stays_used(ses):
    """The mail was sent after all, and its code was used before the error arrived."""

    def used_meanwhile(request, real):
        real(request)
        assert answer(mailed_code()).status_code == 200
        return lost(request, lambda request: None)

    with faulty("SendEmail", used_meanwhile, of=ses):
        assert ask().json()["code"] == "delivery_unknown"
    assert left() == ([0], ["delivery_unknown", "otp_verified"])


# -- responses of sends ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("later", "expires_in", "retry_after"), [(0, 900, 60), (18, 882, 42), (60, 840, 0), (61, 839, 0)]
)
def test_a_repeated_send_returns_the_remaining_times(clock, later, expires_in, retry_after):
    ask(headers={"Idempotency-Key": "7"})
    clock.shift(later)
    again = ask(headers={"Idempotency-Key": "7"}).json()
    assert (again["expires_in"], again["retry_after"]) == (expires_in, retry_after)


def test_a_send_returns_the_times_of_the_settings(settings, clock):
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
def test_the_exhausted_quota_determines_the_wait(settings, position, code, retry_after):
    settings.OTP_SMS, settings.OTP_SMS_COUNTRIES, settings.OTP_SMS_DOMAIN = True, ["AU"], "otp.example"
    with faulty("TransactWriteItems", unmet(position)):
        refused = ask_by_phone().json()
    assert (refused["code"], refused["retry_after"]) == (code, retry_after)
    assert [entry.outcome for entry in LogEntry.objects.order_by("created_at")] == [code]


def test_a_send_that_lost_a_race_is_decided_again_with_the_new_budget(clock):
    ask()
    clock.shift(90)
    with faulty("TransactWriteItems", unmet(0)) as operations:
        assert ask().status_code == 200
    assert operations == ["BatchGetItem"] + ["TransactWriteItems"] * 3 + ["PutItem"]


def revoked_meanwhile(request, real):
    """Revoke the code between the comparison and the last write."""
    Update(Code, ADDRESS, {"status": Code.Status.REVOKED}).run()
    return real(request)


@pytest.mark.parametrize("fault", [revoked_meanwhile, unmet(0)])
def test_a_correct_code_that_is_revoked_or_deleted_before_the_last_write_does_not_sign_in(fault):
    ask()
    code = mailed_code()
    with faulty("TransactWriteItems", fault):
        refused = answer(code)
    assert (refused.status_code, refused.json()["code"]) == (404, "otp_not_found")
    assert left() == ([0], ["otp_not_found", "otp_sent"])


def test_no_input_matches_the_code_of_someone_who_may_not_sign_up(settings, monkeypatch):
    settings.OTP_SIGNUP = ["closed"]
    monkeypatch.setattr(codes.secrets, "token_hex", lambda size: "x" * 2 * size)
    answered = send.send_code(address=ADDRESS, flow=Flow("api"), caller=Caller("203.0.113.7"), request_id="7")
    assert (answered.expires_in, answered.retry_after) == (900, 60)
    assert get(Code, ADDRESS).code_digest == "x" * 64


def test_a_message_that_failed_is_logged_with_the_kind_of_error_and_nothing_else_of_it(ses):
    with faulty("SendEmail", error("MessageRejected", 400), of=ses):
        ask()
    entry = LogEntry.objects.get(address=ADDRESS, outcome="delivery_failed")
    assert (entry.error, entry.message_id) == ("MessageRejected", None)
