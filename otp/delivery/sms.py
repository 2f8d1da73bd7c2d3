"""Codes by SMS: composes the text message, and sends it through Amazon SNS."""

import functools
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from otp.bidi import isolated
from otp.clock import MINUTE
from otp.conf import conf
from otp.dynamo.session import aws_client
from otp.dynamo.tls import read_certificates_once

from .aws import send_message
from .segments import segments

REMEDIES = {
    "InvalidParameter": "Check that OTP_SMS_ORIGINATION is a number of this account and region, and that the country "
    "allows OTP_SMS_SENDER_ID.",
    "OptedOut": "The owner of this number has opted out: see the opt-out list in the SNS console.",
    "UserError": "In the SMS sandbox every number must be verified: verify this one, or ask AWS to leave the sandbox.",
    "AuthorizationError": "Allow the function's role sns:Publish.",
    "Throttled": "Ask AWS for a higher SMS rate or spending limit.",
}


def simulator() -> str:
    """A simulator number. SNS handles the message like any other, and no phone receives it."""
    return conf.sms_simulator


def compose(
    address: str, code: str, *, lifetime: int, requested_at: datetime, user_agent: str = "", change: bool = False
) -> dict[str, Any]:
    """The parameters of SNS's Publish for a code to an E.164 number; `lifetime` in seconds.

    The last line lets phones fill in the code on that host only. The host is a setting, never the request's own.
    """
    attributes = {
        "AWS.SNS.SMS.SMSType": "Transactional",
        "AWS.SNS.SMS.SenderID": conf.sms_sender_id,
        "AWS.MM.SMS.OriginationNumber": conf.sms_origination,
    }
    return {
        "PhoneNumber": address,
        "Message": text(code, lifetime, change),
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        },
    }


def text(code: str, lifetime: int, change: bool = False) -> str:
    """The message in the current language; `lifetime` in seconds."""
    context = {
        "code": code,
        "minutes": lifetime // MINUTE,
        "change": change,
        "site_name": isolated(conf.site_name),
        "domain": conf.sms_domain,
    }
    return render_to_string("sms/code.txt", context).strip()


def segments_of_message(*, lifetime: int) -> int:
    """How many messages a code in the current language is billed as: any code, as all have six digits."""
    return max(segments(text("000000", lifetime, change)) for change in (False, True))


def deliver(message: dict[str, Any]) -> str:
    """Send the message, and return SNS's id of it. Raises DeliveryFailed if it wasn't sent, or DeliveryUnknown."""
    return send_message(lambda: str(client().publish(**message)["MessageId"]), REMEDIES)


@functools.cache
def client() -> Any:
    """The boto3 client, made once."""
    made = aws_client("sns", settings.AWS_SES_CONFIG)
    read_certificates_once(made)
    return made
