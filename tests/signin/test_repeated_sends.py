"""A send repeated with its key: the same response if its mail was sent, else the same code is mailed (threat 23)."""

import json

import pytest

from otp.delivery import email
from otp.dynamo.operations import get
from otp.local import embedded
from otp.models import Code, LogEntry
from otp.signin.send import RUNNING, Sent
from tests.support.api import ADDRESS, answer, ask, at_once, mailed_code, statuses
from tests.support.clock import NOW
from tests.support.faults import error, faulty, lost, refused
from tests.support.network import Killed

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]

KEY = {"Idempotency-Key": "7"}


@pytest.fixture
def ses():
    return email.backend().connection


def killed_before(request, real):
    raise Killed


def killed_after(request, real):
    real(request)
    raise Killed


def outcomes():
    return [entry.outcome for entry in LogEntry.objects.order_by("created_at")]


def killed(fault, ses):
    with pytest.raises(Killed), faulty("SendEmail", fault, of=ses):
        ask(headers=KEY)


@pytest.mark.parametrize("fault", [killed_before, killed_after])
def test_after_a_kill_around_the_mail_a_repetition_sends_the_same_code(fault, ses, clock, inbox):
    killed(fault, ses)
    assert outcomes() == []  # the log must not say that it was sent
    mailed = [mailed_code()] if inbox() else []
    early = ask(headers=KEY)
    assert (early.status_code, early.json()["code"]) == (503, "delivery_unknown")
    assert early["Retry-After"] == str(RUNNING) == str(early.json()["retry_after"])
    clock.shift(int(early["Retry-After"]))
    again = ask(headers=KEY)
    assert again.json() == {
        "message": "OTP sent successfully",
        "code": "otp_sent",
        "expires_in": 890,
        "retry_after": 50,
    }
    mailed.append(mailed_code())
    assert len(set(mailed)) == 1
    assert outcomes() == ["otp_sent"]
    assert ask(headers=KEY).status_code == 200
    assert len(inbox()) == len(mailed)
    assert answer(mailed_code()).status_code == 200


def test_a_page_s_repetition_after_a_kill_mails_its_code(ses, clock, client, inbox):
    form = client.get("/")
    data = {"email": ADDRESS, "request_id": form.context["form"]["request_id"].value()}
    with pytest.raises(Killed), faulty("SendEmail", killed_before, of=ses):
        client.post("/", data)
    clock.shift(RUNNING)
    assert client.post("/", data).status_code == 302
    assert len(inbox()) == 1


def test_a_repetition_during_the_first_request_sends_nothing_and_says_when_to_try_again(ses, inbox):
    repeated = []

    def repeat(request, real):
        repeated.append(ask(headers=KEY))
        return real(request)

    with faulty("SendEmail", repeat, of=ses):
        assert ask(headers=KEY).status_code == 200
    assert (repeated[0].status_code, repeated[0]["Retry-After"]) == (503, str(RUNNING))
    assert len(inbox()) == 1


def test_an_uncertain_mail_is_sent_once_more_by_a_repetition_at_once(ses, inbox):
    with faulty("SendEmail", lost, of=ses):
        uncertain = ask(headers=KEY)
    assert (uncertain.status_code, uncertain["Retry-After"]) == (503, "60")
    first = mailed_code()
    assert ask(headers=KEY).status_code == 200
    assert (mailed_code(), len(inbox())) == (first, 2)
    assert outcomes() == ["otp_sent"]


def test_no_code_is_mailed_more_than_twice(ses, inbox, clock):
    with faulty("SendEmail", lost, lost, of=ses):
        ask(headers=KEY)
        again = ask(headers=KEY)
    clock.shift(18)
    third = ask(headers=KEY)
    assert [again["Retry-After"], third["Retry-After"]] == ["60", "42"]
    assert third.json()["code"] == "delivery_unknown"
    assert len(inbox()) == 2
    assert outcomes() == ["delivery_unknown"]


def test_a_second_mail_that_is_refused_leaves_the_code_in_case_the_first_arrived(ses, inbox):
    with faulty("SendEmail", lost, error("SendingPausedException"), of=ses):
        ask(headers=KEY)
        assert ask(headers=KEY).json()["code"] == "delivery_unknown"
    assert answer(mailed_code()).status_code == 200


def test_of_twenty_repetitions_after_a_kill_one_mails(ses, clock, storage, inbox):
    killed(killed_before, ses)
    clock.shift(RUNNING)
    answers = at_once(20, lambda: ask(headers=KEY))
    assert set(statuses(answers)) <= {200, 503}
    assert {each["Retry-After"] for each in answers if each.status_code == 503} <= {"10", "50"}
    assert len(inbox()) == 1
    assert ask(headers=KEY).status_code == 200
    assert answer(mailed_code()).status_code == 200


@pytest.mark.parametrize(("later", "wait"), [(0, RUNNING), (46, 4)])
def test_a_repetition_that_another_one_outruns_sends_nothing_and_waits_for_it(ses, clock, inbox, later, wait):
    """Until the other one has ended, or a new code may be requested."""
    killed(killed_before, ses)
    clock.shift(RUNNING + later)

    def outrun(request, real):
        assert ask(headers=KEY).status_code == 200
        return real(request)

    with faulty("TransactWriteItems", outrun):
        slower = ask(headers=KEY)
    assert (slower.status_code, slower.json()["code"]) == (503, "delivery_unknown")
    assert slower["Retry-After"] == str(wait)
    assert len(inbox()) == 1


def test_what_the_log_says_of_a_send_is_not_printed_with_its_result():
    assert "signup_refused" not in repr(Sent(expires_in=900, retry_after=60, outcome="signup_refused"))


def test_a_second_mail_counts_against_the_quotas_of_the_first(ses, clock, settings):
    settings.OTP_SENDS_PER_IP = 1
    killed(killed_before, ses)
    clock.shift(RUNNING)
    assert ask(headers=KEY).json()["code"] == "caller_limited"


def test_a_repetition_after_the_code_has_expired_is_a_new_send(clock, inbox):
    first = ask(headers=KEY).json()
    clock.shift(900)
    again = ask(headers=KEY).json()
    assert again == first
    assert len(inbox()) == 2


def test_a_repetition_after_the_code_has_expired_may_have_to_wait(clock, settings):
    settings.OTP_SEND_WINDOWS = (1800,)
    ask(headers=KEY)
    clock.shift(922)
    again = ask(headers=KEY)
    assert (again.status_code, again.json()["retry_after"]) == (429, 1800 - 922)


def test_a_repetition_sends_a_new_code_if_it_may_and_not_the_old_one(ses, clock, inbox):
    killed(killed_before, ses)
    clock.shift(60)
    assert ask(headers=KEY).json()["expires_in"] == 900
    assert len(inbox()) == 1


def test_the_log_says_sent_only_once_the_mail_was_handed_over(ses, requests_log):
    seen = []

    def look(request, real):
        seen.append(outcomes())
        return real(request)

    with faulty("SendEmail", look, of=ses):
        ask()
    assert seen == [[]]
    assert outcomes() == ["otp_sent"]


def test_a_failed_log_write_delays_nobody_and_is_reported_to_operators(caplog):
    with faulty("PutItem", refused, refused):
        assert ask().status_code == 200
    assert outcomes() == []
    (line,) = [record for record in caplog.records if record.name == "otp.signin.log"]
    assert "lacks the entry" in line.getMessage()
    assert ADDRESS not in line.getMessage()


def test_a_repetition_mails_no_code_to_those_who_may_not_sign_up(ses, clock, settings, inbox):
    settings.OTP_SIGNUP = ["closed"]
    killed(killed_before, ses)
    clock.shift(RUNNING)
    assert ask(headers=KEY).status_code == 200
    assert inbox() == []
    assert {to for sent in embedded.ses().sent_messages for to in sent.destinations} == {email.simulator()}
    assert answer("000000").status_code == 401


@pytest.mark.parametrize("words", ["delivery_failed", "delivery_unknown", "unavailable"])
def test_each_503_says_when_to_try_again(words, ses):
    faults = {
        "delivery_failed": ("SendEmail", [refused], ses),
        "delivery_unknown": ("SendEmail", [lost], ses),
        "unavailable": ("BatchGetItem", [refused] * 2, None),
    }
    operation, answers, of = faults[words]
    with faulty(operation, *answers, of=of):
        response = ask()
    assert (response.status_code, response.json()["code"]) == (503, words)
    assert int(response["Retry-After"]) == json.loads(response.content)["retry_after"] >= 1


def test_after_two_uncertain_mails_the_wait_is_the_one_in_the_response(ses, clock):
    with faulty("SendEmail", lost, lost, of=ses):
        for _ in range(2):
            clock.shift(int(ask()["Retry-After"]))
    assert ask().status_code == 200


def test_after_a_lost_write_and_a_lost_undo_the_response_has_the_longest_possible_wait(inbox, clock):
    with faulty("TransactWriteItems", *[lost] * 4):
        response = ask(headers=KEY)
    assert (response.json()["code"], inbox()) == ("unavailable", [])
    clock.shift(int(response["Retry-After"]))
    assert ask(headers=KEY).status_code == 200
    assert len(inbox()) == 1
    assert get(Code, ADDRESS).created_at.timestamp() >= NOW
