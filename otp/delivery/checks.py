"""System checks of the settings of mail and SMS."""

import importlib.util
import re
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from otp.conf import AT_START, conf
from otp.exceptions import AddressInvalid

from . import addresses


@register(Tags.security, AT_START)
def check_sms(**kwargs: Any) -> list[CheckMessage]:
    if not conf.sms:
        return []
    wanted = {
        "OTP_SMS_COUNTRIES": (re.fullmatch("[A-Z]{2}(,[A-Z]{2})*", ",".join(conf.sms_countries)), "AU,NZ"),
        "OTP_SMS_DOMAIN": (re.fullmatch(r"[a-z0-9.-]+", conf.sms_domain), "signin.example.com"),
        "OTP_SMS_SENDER_ID": (re.fullmatch(r"[A-Za-z0-9]{0,11}", conf.sms_sender_id), "MyShop"),
        "OTP_SMS_ORIGINATION": (re.fullmatch(r"(\+[0-9]{5,15})?", conf.sms_origination), "+61412345678"),
        "OTP_SMS_SIMULATOR": (re.fullmatch(r"\+[0-9]{5,15}", conf.sms_simulator), "+14254147755"),
    }
    errors: list[CheckMessage] = [
        Error(
            f"OTP_SMS is on, but {name} is empty or malformed.",
            hint=f"Set it to something like {example}.",
            id="otp.E013",
        )
        for name, (fine, example) in wanted.items()
        if not fine
    ]
    if not importlib.util.find_spec("phonenumbers"):
        errors.append(
            Error(
                "OTP_SMS is on, but its package is not installed.", hint="pip install phonenumberslite", id="otp.E015"
            )
        )
    return errors


@register(Tags.security)  # not at the start, because phonenumbers takes long to load
def check_countries(**kwargs: Any) -> list[CheckMessage]:
    if not (conf.sms and importlib.util.find_spec("phonenumbers")):
        return []
    from phonenumbers import SUPPORTED_REGIONS

    hint = "Use the codes of ISO 3166: GB for the United Kingdom."
    return [
        Error(f"OTP_SMS_COUNTRIES: no country has the code {country!r}.", hint=hint, id="otp.E026")
        for country in conf.sms_countries
        if re.fullmatch("[A-Z]{2}", country) and country not in SUPPORTED_REGIONS
    ]


@register(Tags.security, AT_START)
def check_sender(**kwargs: Any) -> list[CheckMessage]:
    try:
        addresses.sender(conf.from_email)
    except AddressInvalid:
        hint = "Use an address, or a name and an address: Acme, Inc. <sign-in@acme.example>"
        return [Error(f"OTP_FROM_EMAIL: {conf.from_email!r} is not a valid sender.", hint=hint, id="otp.E017")]
    return []


@register(Tags.security, AT_START)
def check_topics(**kwargs: Any) -> list[CheckMessage]:
    hint = "Use ARNs: arn:aws:sns:ap-southeast-2:123456789012:mail-events"
    errors: list[CheckMessage] = [
        Error(f"OTP_SNS_TOPICS: {topic!r} is not the ARN of a topic.", hint=hint, id="otp.E014")
        for topic in conf.sns_topics
        if not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+", topic)
    ]
    if conf.sns_topics and not importlib.util.find_spec("cryptography"):
        hint = "pip install cryptography; for AWS, make deploy without LEAN=1"
        errors.append(Error("OTP_SNS_TOPICS is set, but its package is not installed.", hint=hint, id="otp.E018"))
    return errors
