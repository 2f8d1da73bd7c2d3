"""Requests: how long they may take, when they are repeated, and errors, which are database errors without values."""

import subprocess
import sys
import time
import traceback

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError
from django.core.signals import request_finished, request_started
from django.db.utils import DatabaseError, OperationalError, ProgrammingError

from otp.dynamo import client as client_module
from otp.dynamo.client import (
    CallerRefused,
    ConditionFailed,
    NotDone,
    OutcomeUnknown,
    TransactionConflict,
    TransactionRefused,
    call,
    translate,
)
from tests.support.faults import Raw, faulty, refused
from tests.support.faults import error as error_answer


def error(code, **rest):
    return ClientError({"Error": {"Code": code, "Message": "about secret"}, **rest}, "Operation")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ContinuousBackupsUnavailableException", NotDone),
        ("InternalServerError", OutcomeUnknown),
        ("LimitExceededException", NotDone),
        ("ProvisionedThroughputExceededException", NotDone),
        ("RequestLimitExceeded", NotDone),
        ("ServiceUnavailable", OutcomeUnknown),
        ("ThrottlingError", NotDone),
        ("ThrottlingException", NotDone),
        ("TransactionConflictException", TransactionConflict),
        ("TransactionInProgressException", TransactionConflict),
        ("ExpiredTokenException", CallerRefused),
        ("InvalidSignatureException", CallerRefused),
        ("ResourceNotFoundException", ProgrammingError),
        ("ConditionalCheckFailedException", ConditionFailed),
        ("SomethingNew", DatabaseError),
    ],
)
def test_each_error_code_becomes_its_database_error(code, kind):
    assert type(translate("put_item", error(code))) is kind


@pytest.mark.parametrize(("status", "kind"), [(499, DatabaseError), (500, OutcomeUnknown), (503, OutcomeUnknown)])
def test_any_error_with_status_5xx_leaves_the_outcome_unknown(status, kind):
    answer = error("SomethingNew", ResponseMetadata={"HTTPStatusCode": status})
    assert type(translate("put_item", answer)) is kind


@pytest.mark.parametrize("timeout", [1, 60])
def test_a_request_that_hangs_is_given_up_in_time_and_not_by_botocore_tried_again(settings, new_client, timeout):
    settings.DYNAMO_TIMEOUT = timeout
    config = client_module.client().meta.config
    assert (config.connect_timeout, config.read_timeout) == (timeout, timeout)
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert (config.tcp_keepalive, config.max_pool_connections) == (True, 50)


def test_without_a_setting_a_request_has_a_second(settings, new_client):
    del settings.DYNAMO_TIMEOUT
    config = client_module.client().meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 1)


@pytest.mark.parametrize(
    "fault", [refused, error_answer("ThrottlingException"), error_answer("InternalServerError", 500)]
)
def test_a_passing_error_is_retried_once_after_a_wait(embedded_aws, monkeypatch, fault):
    waits = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", waits.append)
    with faulty("GetItem", fault, fault, fault) as operations, pytest.raises(OperationalError):
        call("get_item", TableName="otp_accounts", Key={"address": {"S": "person@example.com"}})
    assert operations == ["GetItem"] * 2
    (wait,) = waits
    assert 0 <= wait <= 1


@pytest.mark.parametrize(("age", "attempts"), [(2.9, 2), (3.1, 1)])
def test_late_in_a_request_of_the_site_there_is_one_attempt(embedded_aws, monkeypatch, age, attempts):
    """What is left of Lambda's ten seconds is for the response."""
    request_started.send(None)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + age)
    late = error_answer("ThrottlingException")
    with faulty("GetItem", late, late) as operations, pytest.raises(OperationalError):
        call("get_item", TableName="otp_accounts", Key={"address": {"S": "person@example.com"}})
    request_finished.send(None)
    assert len(operations) == attempts


def test_outside_of_a_request_of_the_site_requests_are_repeated(embedded_aws, monkeypatch):
    request_started.send(None)
    request_finished.send(None)
    monkeypatch.setattr(time, "monotonic", lambda: float("inf"))
    with faulty("GetItem", error_answer("ThrottlingException")) as operations:
        call("get_item", TableName="otp_addresses", Key={"address": {"S": "person@example.com"}})
    assert len(operations) == 2


def test_a_traceback_does_not_repeat_the_message_of_dynamodb():
    """Its text of a refused value holds the value."""

    class Client:
        def get_item(self, **request):
            said = {"Code": "ValidationException", "Message": "Type mismatch: {S: secret}"}
            raise ClientError({"Error": said}, "GetItem")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client_module, "client", Client)
        with pytest.raises(DatabaseError) as raised:
            call("get_item")
    assert "secret" not in "".join(traceback.format_exception(raised.value))


def test_a_permanent_error_is_not_retried(embedded_aws):
    wrong = error_answer("ValidationException")
    with faulty("GetItem", wrong, wrong) as operations, pytest.raises(DatabaseError):
        call("get_item", TableName="otp_accounts", Key={"address": {"S": "person@example.com"}})
    assert operations == ["GetItem"]


def test_the_error_of_a_cancelled_transaction_has_the_reasons():
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": {"a": {"S": "secret"}}}]
    refused = translate("transact_write_items", error("TransactionCanceledException", CancellationReasons=reasons))
    assert isinstance(refused, TransactionRefused)
    assert refused.failed == {1: {"a": {"S": "secret"}}}
    assert "secret" not in str(refused)
    for code, kind in (("TransactionConflict", TransactionConflict), ("ThrottlingError", NotDone)):
        reasons = [{"Code": code}]
        cancelled = error("TransactionCanceledException", CancellationReasons=reasons)
        assert type(translate("transact_write_items", cancelled)) is kind


def test_a_refused_condition_repeats_no_value():
    refused = translate("put_item", error("ConditionalCheckFailedException", Item={"a": {"S": "secret"}}))
    assert isinstance(refused, ConditionFailed)
    assert refused.old == {"a": {"S": "secret"}}
    assert "secret" not in str(refused)


@pytest.mark.parametrize("cause", [ConnectTimeoutError(endpoint_url="http://x"), NoCredentialsError()])
def test_an_unreachable_aws_is_an_operational_error(monkeypatch, cause):
    class Client:
        def get_item(self, **request):
            raise cause

    monkeypatch.setattr(client_module, "client", Client)
    with pytest.raises(OperationalError, match=type(cause).__name__):
        call("get_item")


def test_the_error_for_a_missing_table_names_dynamo_sync(tables):
    with pytest.raises(ProgrammingError, match="dynamo_sync"):
        call("get_item", TableName="nowhere", Key={"a": {"S": "b"}})


def test_the_layer_is_imported_without_boto3():
    code = "import sys, otp.dynamo.queryset, otp.dynamo.schema; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def half(request, send):
    answered = send(request)
    return AWSResponse(request.url, answered.status_code, answered.headers, Raw(answered.content[:-1]))


def test_a_truncated_answer_is_an_error(embedded_aws):
    """botocore reads a body that is no JSON as one without any field: an item that is there would be none."""
    with faulty("GetItem", half, half), pytest.raises(OperationalError, match="ChecksumError"):
        call("get_item", TableName="otp_accounts", Key={"address": {"S": "person@example.com"}})
