"""Failures of storage or mail within a flow (threat 17), and requests whose responses were lost (threat 16)."""

import logging

import pytest

from otp.delivery import email
from otp.dynamo.operations import get
from otp.models import Address, Code
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, answer, ask, mailed_code, other_than
from tests.support.clock import NOW
from tests.support.entries import outcomes
from tests.support.faults import error, faulty, half, lost, refused, saying

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def ses():
    return email.backend().connection


MESSAGE_REJECTED = error("MessageRejected", message="Email address is not verified: person@example.com")


@pytest.mark.parametrize("fault", [refused, MESSAGE_REJECTED, error("SendingPausedException")])
def test_a_mail_that_fails_leaves_no_code_no_cooldown_and_a_true_log(ses, fault, requests_log):
    with faulty("SendEmail", fault, of=ses):
        response = ask()
    assert (response.status_code, response.json()["code"]) == (503, "delivery_failed")
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems", "TransactWriteItems"]
    assert get(Code, ADDRESS) is None
    assert outcomes() == ["delivery_failed"]
    assert ask().status_code == 200


def test_a_failed_mail_gives_back_exactly_its_own_send(ses, clock):
    ask()
    clock.shift(60)
    with faulty("SendEmail", refused, of=ses):
        ask()
    assert get(Address, ADDRESS).sends == [NOW]


def test_the_log_names_reason_and_remedy_of_the_sandbox(ses, caplog):
    with faulty("SendEmail", MESSAGE_REJECTED, of=ses), caplog.at_level(logging.ERROR):
        assert ask().status_code == 503
    assert "MessageRejected" in caplog.text
    assert "sandbox" in caplog.text


def test_an_uncertain_mail_keeps_its_code_and_causes_no_wait(ses):
    with faulty("SendEmail", lost, of=ses):
        response = ask()
    assert (response.status_code, response.json()["code"]) == (503, "delivery_unknown")
    code = mailed_code()
    assert len(get(Address, ADDRESS).sends) == 1
    assert outcomes() == ["delivery_unknown"]
    assert answer(code).status_code == 200


@pytest.mark.parametrize("fault", [half, saying(b"<html>"), saying(b"[]")])
def test_a_mail_with_an_unreadable_response_counts_as_sent(ses, fault):
    with faulty("SendEmail", fault, of=ses):
        assert ask().json()["code"] == "delivery_unknown"
    assert answer(mailed_code()).status_code == 200


@pytest.mark.parametrize("fault", [saying(b"<html>", 502), saying(b"<html>"), saying(b'{"hello": "world"}'), half])
def test_an_unreadable_response_of_the_storage_is_unavailable(fault):
    with faulty("BatchGetItem", fault, fault):
        assert ask().json()["code"] == "unavailable"


def test_after_an_uncertain_mail_the_next_send_is_allowed_after_the_cooldown(ses, clock):
    """The mail may have arrived, so it counts as a send."""
    with faulty("SendEmail", lost, of=ses):
        ask()
    assert ask()["Retry-After"] == "60"
    clock.shift(60)
    assert ask().status_code == 200


def test_a_repeated_send_after_a_failed_mail_sends(ses, inbox):
    key = {"Idempotency-Key": "7"}
    with faulty("SendEmail", refused, of=ses):
        assert ask(headers=key).status_code == 503
    assert ask(headers=key).status_code == 200
    assert len(inbox()) == 1


@pytest.mark.parametrize("operation", ["BatchGetItem", "TransactWriteItems"])
def test_a_send_without_storage_is_503_and_sends_nothing(operation, inbox):
    with faulty(operation, *[refused] * 2):
        assert ask().json()["code"] == "unavailable"
    assert inbox() == []
    assert ask().status_code == 200


@pytest.mark.parametrize(
    "fault", [refused, error("ProvisionedThroughputExceededException"), error("InternalServerError", 500)]
)
def test_the_sdk_retries_after_a_temporary_fault(fault):
    with faulty("BatchGetItem", fault):
        assert ask().status_code == 200


def test_a_conflict_with_another_transaction_is_tried_again_twice(monkeypatch):
    monkeypatch.setattr("otp.dynamo.client.time.sleep", lambda seconds: None)
    conflict = error("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}])
    with faulty("TransactWriteItems", conflict, conflict) as seen:
        assert ask().status_code == 200
    assert seen.count("TransactWriteItems") == 3
    with faulty("TransactWriteItems", *[conflict] * 3):
        assert ask("other@example.com").json()["code"] == "unavailable"


def test_a_send_whose_write_is_refused_each_time_ends_after_ten(inbox):
    unmet = error("TransactionCanceledException", CancellationReasons=[{"Code": "ConditionalCheckFailed"}])
    with faulty("TransactWriteItems", *[unmet] * 50) as operations:
        response = ask()
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert operations == ["BatchGetItem"] + ["TransactWriteItems"] * 10
    assert inbox() == []


def test_an_attempt_that_the_sdk_repeats_after_a_lost_response_is_one_attempt():
    ask()
    wrong = other_than(mailed_code())
    with faulty("UpdateItem", lost) as seen:
        assert answer(wrong).json()["attempts_left"] == 5
    assert seen.count("UpdateItem") == 2
    assert answer(wrong).json()["attempts_left"] == 4


def test_a_correct_code_whose_response_was_lost_signs_in():
    ask()
    with faulty("UpdateItem", lost):
        assert answer(mailed_code()).status_code == 200


def test_a_sign_in_whose_last_answer_was_lost_is_logged_once():
    ask()
    with faulty("TransactWriteItems", lost):
        assert answer(mailed_code()).status_code == 200
    assert outcomes() == ["otp_sent", "otp_verified"]


@pytest.mark.parametrize("operation", ["UpdateItem", "TransactWriteItems"])
def test_without_a_log_entry_nobody_is_signed_in_and_repeating_the_request_succeeds(operation):
    ask()
    code, key = mailed_code(), {"Idempotency-Key": "7"}
    with faulty(operation, *[refused] * 2):
        assert answer(code, headers=key).json()["code"] == "unavailable"
    assert "otp_sent" in outcomes()
    assert "otp_verified" not in outcomes()
    assert answer(code, headers=key).status_code == 200
    assert outcomes().count("otp_verified") == 1


def test_a_deactivated_account_is_refused_and_not_touched():
    ask()
    member(ADDRESS, is_active=False)
    before = account_at(ADDRESS)
    response = answer(mailed_code())
    assert (response.status_code, response.json()["code"]) == (403, "account_inactive")
    assert account_at(ADDRESS).signed_in_at == before.signed_in_at
    assert outcomes() == ["account_inactive", "otp_sent"]


def test_a_missing_table_is_our_fault_not_the_callers(client):
    client.raise_request_exception = False
    with faulty("BatchGetItem", error("ResourceNotFoundException")):
        response = client.post("/otp", {"action": "send_otp", "email": ADDRESS}, content_type="application/json")
    assert response.status_code == 500
    assert response.json()["code"] == "server_error"


@pytest.mark.dynamodb_local
def test_a_send_that_the_sdk_repeats_after_a_lost_response_is_one_mail(clock, dynamodb_local, inbox):
    """The SDK repeats a transaction with the same token, which DynamoDB recognizes and moto doesn't."""
    with faulty("TransactWriteItems", lost) as seen:
        assert ask().status_code == 200
    assert seen.count("TransactWriteItems") == 2
    assert len(inbox()) == 1
