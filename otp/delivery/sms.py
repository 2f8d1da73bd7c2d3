"""A code by text message. The one door to SNS."""

import functools
from typing import Any

import boto3.session
from django.conf import settings
from django.template.loader import render_to_string

from otp.conf import conf

from .handover import handing_over

REMEDIES = {
    "InvalidParameter": "Is OTP_SMS_ORIGINATION a number of this account and region, and OTP_SMS_SENDER_ID allowed?",
    "OptedOut": "Whoever has this number asked to be sent no more: see the opt-out list in the SNS console.",
    "UserError": "In the SMS sandbox every number must be verified: verify this one, or ask AWS to leave the sandbox.",
    "AuthorizationError": "Allow the function's role sns:Publish.",
    "Throttled": "Ask AWS for a higher SMS rate or spending limit.",
}


def nobody() -> str:
    """A simulator number: SNS takes the message as it takes any other, and no phone gets it."""
    return conf.sms_simulator


def compose(address: str, code: str, *, lifetime: int) -> dict[str, Any]:
    """SNS's request for the message that brings a code to an E.164 number; `lifetime` in seconds.

    The last line lets a phone fill in the code, on that host alone: it is a setting, never what a request says.
    """
    context = {"code": code, "minutes": lifetime // 60, "site_name": conf.site_name, "domain": conf.sms_domain}
    attributes = {
        "AWS.SNS.SMS.SMSType": "Transactional",
        "AWS.SNS.SMS.SenderID": conf.sms_sender_id,
        "AWS.MM.SMS.OriginationNumber": conf.sms_origination,
    }
    return {
        "PhoneNumber": address,
        "Message": render_to_string("sms/code.txt", context).strip(),
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        },
    }


def deliver(message: dict[str, Any]) -> None:
    """Hand the message over. Raises DeliveryFailed when it didn't leave, DeliveryUnknown when nobody can tell."""
    with handing_over(REMEDIES):
        client().publish(**message)


@functools.cache
def client() -> Any:
    """The boto3 client, made once."""
    return boto3.session.Session().client("sns", config=settings.AWS_SES_CONFIG)
