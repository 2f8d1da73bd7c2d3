"""Requests to SES and SNS: their timeouts, the exception for each error, and the log with its reason and remedy."""

import logging
import time

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from otp.delivery import aws, email, sms
from otp.exceptions import DeliveryFailed, DeliveryUnknown
from tests.support.api import ADDRESS, ask, mailed_code
from tests.support.faults import error, faulty, refused

NUMBER = "+61412345678"


def hand_over(fault, remedies):
    with aws.translate_errors(remedies):
        raise fault


def refusal(code, message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "SendEmail")


def lines(caplog):
    return [(record.name, record.levelname, record.getMessage()) for record in caplog.records]


def test_aws_gets_one_attempt_within_the_time_of_a_lambda():
    config = aws.config()
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}


def test_the_embedded_aws_gets_one_attempt_and_more_time(settings):
    configs = [email.backend().connection.meta.config, sms.client().meta.config]
    assert [(each.connect_timeout, each.read_timeout) for each in configs] == [(60, 60)] * 2
    assert [each.retries["total_max_attempts"] for each in configs] == [1, 1]


def test_a_failing_mail_is_attempted_once():
    with faulty("SendEmail", refused, refused, of=email.backend().connection) as operations:
        assert ask().status_code == 503
    assert operations == ["SendEmail"]


@pytest.fixture
def waits(monkeypatch):
    """The seconds of each delay before a retry."""
    waits = []
    monkeypatch.setattr(aws.time, "sleep", waits.append)
    return waits


TOO_FAST = error("TooManyRequestsException", 429)


def test_a_throttled_mail_is_sent_again_after_a_moment(inbox, waits):
    with faulty("SendEmail", TOO_FAST, of=email.backend().connection) as operations:
        assert ask().status_code == 200
    assert operations == ["SendEmail"] * 2
    assert len(inbox()) == 1
    (wait,) = waits
    assert 0.3 <= wait <= 0.7


def test_a_mail_that_is_throttled_twice_fails(inbox, waits, caplog):
    with faulty("SendEmail", TOO_FAST, TOO_FAST, of=email.backend().connection) as operations:
        assert ask().json()["code"] == "delivery_failed"
    assert (operations, inbox()) == (["SendEmail"] * 2, [])
    assert "Ask AWS for a higher sending rate" in caplog.text


@pytest.fixture
def late(monkeypatch):
    """Make an answer late: it arrives when the request has lasted for long."""
    begun = time.monotonic()

    def late(answer):
        def answer_late(request, send):
            monkeypatch.setattr(aws.time, "monotonic", lambda: begun + 100)
            return answer(request, send)

        return answer_late

    return late


def test_a_mail_that_was_refused_late_is_not_sent_again(waits, late):
    with faulty("SendEmail", late(TOO_FAST), of=email.backend().connection) as operations:
        assert ask().status_code == 503
    assert (operations, waits) == (["SendEmail"], [])


def test_storage_that_was_late_leaves_no_time_to_send_a_mail_again(waits, late):
    slow = late(lambda request, send: send(request))
    with faulty("TransactWriteItems", slow), faulty("SendEmail", TOO_FAST, of=email.backend().connection) as operations:
        assert ask().status_code == 503
    assert (operations, waits) == (["SendEmail"], [])


@pytest.mark.parametrize(
    ("channel", "code", "remedy"),
    [
        (email, "AccessDeniedException", "`make provision` updates its policy"),
        (email, "MessageRejected", "verify this one, or ask AWS for production access"),
        (email, "MailFromDomainNotVerifiedException", "Complete the DNS records of the MAIL FROM domain"),
        (email, "NotFoundException", "Verify the identity of OTP_FROM_EMAIL in this region"),
        (email, "TooManyRequestsException", "Ask AWS for a higher sending rate"),
        (email, "LimitExceededException", "Ask AWS for a higher sending quota"),
        (email, "AccountSuspendedException", "see the SES console"),
        (email, "SendingPausedException", "see the SES console"),
        (sms, "InvalidParameter", "Check that OTP_SMS_ORIGINATION is a number of this account and region"),
        (sms, "OptedOut", "see the opt-out list in the SNS console"),
        (sms, "UserError", "verify this one, or ask AWS to leave the sandbox"),
        (sms, "AuthorizationError", "Allow the function's role sns:Publish"),
        (sms, "Throttled", "Ask AWS for a higher SMS rate or spending limit"),
    ],
)
def test_an_error_of_aws_is_logged_with_its_remedy(channel, code, remedy, caplog):
    with pytest.raises(DeliveryFailed):
        hand_over(refusal(code, "why"), channel.REMEDIES)
    ((logger, level, text),) = lines(caplog)
    assert (logger, level) == ("otp.delivery.aws", "ERROR")
    assert text.startswith(f"{code}: why ")
    assert remedy in text


def test_every_remedy_is_tested():
    written = test_an_error_of_aws_is_logged_with_its_remedy.pytestmark[0].args[1]
    assert {(channel, code) for channel, code, _ in written} == {
        (channel, code) for channel in (email, sms) for code in channel.REMEDIES
    }


@pytest.mark.parametrize(
    "fault",
    [
        ReadTimeoutError(endpoint_url="x"),
        ConnectionClosedError(endpoint_url="x"),
        ResponseParserError(),
        KeyError("MessageId"),
        AttributeError(),
    ],
)
def test_a_lost_response_raises_delivery_unknown(fault, caplog):
    with pytest.raises(DeliveryUnknown):
        hand_over(fault, {})
    text = f"The response to a message was lost: {type(fault).__name__}"
    assert lines(caplog) == [("otp.delivery.aws", "ERROR", text)]


@pytest.mark.parametrize(
    "fault",
    [ConnectTimeoutError(endpoint_url="x"), EndpointConnectionError(endpoint_url="x"), NoCredentialsError(), OSError()],
)
def test_a_message_that_was_not_sent_raises_delivery_failed(fault, caplog):
    with pytest.raises(DeliveryFailed) as failed:
        hand_over(fault, {})
    assert failed.type is DeliveryFailed
    text = f"A message could not be sent: {type(fault).__name__}"
    assert lines(caplog) == [("otp.delivery.aws", "ERROR", text)]


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (f"Email address is not verified: {ADDRESS}", "Email address is not verified: (an address)"),
        (f"Not in region AP-SOUTHEAST-2: Ann <{ADDRESS}>, b@c.example", "Ann <(an address)>, (an address)"),
        (f"PhoneNumber Reason: {NUMBER} is not valid", "PhoneNumber Reason: (an address) is not valid"),
        ("arn:aws:ses:x:1:identity/a@b.example", "arn:aws:ses:x:1:identity/(an address)"),
    ],
)
def test_addresses_in_messages_of_aws_are_not_logged(said, logged, caplog):
    with pytest.raises(DeliveryFailed):
        hand_over(refusal("MessageRejected", said), {})
    assert logged in caplog.text
    assert not any(secret in caplog.text for secret in (ADDRESS, "c.example", NUMBER, "a@b"))


def test_the_log_of_a_failed_mail_does_not_contain_the_code(caplog, monkeypatch):
    ask()
    code = mailed_code()
    monkeypatch.setattr("otp.rules.code_of", lambda key, seed: code)
    with faulty("SendEmail", refused, of=email.backend().connection), caplog.at_level(logging.DEBUG, logger="otp"):
        ask("other@example.com")
    assert "could not be sent" in caplog.text
    assert code not in caplog.text
    assert "other@" not in caplog.text
