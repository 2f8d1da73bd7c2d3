"""Every OTP_* setting: its default, its unit, and how an environment variable of the same name is parsed.

    from otp.conf import conf
    conf.lifetime                   # OTP_LIFETIME, in seconds

Values are looked up on each use, so `override_settings` works. The checks are in `otp.checks`.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar, overload

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from . import rules
from .clock import DAY, HOUR, MINUTE

T = TypeVar("T")

AT_START = "at_start"  # the tag of the system checks that a server runs too, when it starts


def words(text: str) -> list[str]:
    """The words of a comma-separated list, stripped."""
    return [word.strip() for word in text.split(",") if word.strip()]


def switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in words(text))


def link(text: str) -> str:
    """An address that a page may link to. Raises ValueError for any other text."""
    if text and not text.startswith(("https://", "mailto:", "/")):
        raise ValueError(text)
    return text


def objects(text: str) -> list[dict[str, Any]]:
    """A JSON list of objects. Raises ValueError for any other text."""
    parsed = json.loads(text) if text.strip() else []
    if not (isinstance(parsed, list) and all(isinstance(each, dict) for each in parsed)):
        raise ValueError("not a list of objects")
    return parsed


def private_keys(text: str) -> list[str]:
    """Private keys one after the other, each as PEM or JWK, or in a JWK Set. Raises ValueError if there are none."""
    parsed = re.findall(r"\{[^{}]*\}|-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", text, re.DOTALL)
    if text.strip() and not parsed:
        raise ValueError("no key")
    return parsed


class Setting(Generic[T]):
    """A descriptor: on an instance of Conf the value, on the class the declaration."""

    def __init__(self, default: T, parse: Callable[[str], T], help: str) -> None:
        self.default, self.parse, self.help = default, parse, help

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"OTP_{name.upper()}"

    @overload
    def __get__(self, instance: None, owner: type) -> "Setting[T]": ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> "T | Setting[T]":
        return self if instance is None else getattr(settings, self.name, self.default)


class Conf:
    keys = Setting[list[str]](
        [],
        words,
        "Secrets of at least 32 characters. The first signs and digests, all verify. To rotate, put a new one in front "
        "and remove the old one after the longest of OTP_SESSION_AGE, OTP_DEVICE_DAYS and OTP_REFRESH_TOKEN_LIFETIME. "
        "Removing it sooner signs people out, and known browsers lose their own budget.",
    )
    site_name = Setting("this site", str, "The site's name in pages and messages.")
    help_url = Setting("", link, "Where people get help with signing in: a link of each page's footer.")
    terms_url = Setting("", link, "The terms of use: a link of each page's footer.")
    privacy_url = Setting("", link, "The privacy policy: a link of each page's footer.")
    brand = Setting(
        "brand",
        str,
        "The folder with the site's own templates/ and static/, which override the project's: docs/branding.md.",
    )
    from_email = Setting("", str, "The sender of mails, verified in SES: `Acme, Inc. <sign-in@acme.example>`.")
    allowed_hosts = Setting[list[str]]([], words, "The host names that the site answers to.")
    lifetime = Setting(rules.LIFETIME, int, "Seconds until a code expires. ASVS and NIST ask for at most 600.")
    max_attempts = Setting(rules.MAX_ATTEMPTS, int, "How many attempts a code allows.")
    send_windows = Setting[tuple[int, ...]](
        rules.SEND_WINDOWS,
        numbers,
        "Seconds, in ascending order. A code is sent only if, for every i, the i-th latest code for the address is at "
        "least as old as the i-th number.",
    )
    sends_per_ip = Setting(60, int, "How many codes one IP address (IPv6: one /64) may ask for in a clock hour.")
    trusted_callers = Setting[list[str]](
        [],
        words,
        "Networks (CIDR) of servers that send requests for their own users. OTP_SENDS_PER_IP and "
        "OTP_LOG_ENTRIES_PER_IP don't apply to them.",
    )
    device_days = Setting(
        365,
        int,
        "Days for which a cookie identifies a browser after a sign-in. Such a browser has its own budget of codes, "
        "which strangers can't use up. 0: no such cookie.",
    )
    signin_notice = Setting(
        True,
        switch,
        "1: the account's email address gets a notice of a sign-in on a page from a browser that the cookie of "
        "OTP_DEVICE_DAYS doesn't identify. Without that cookie, and with 0, there are no notices.",
    )
    session_age = Setting(12 * HOUR, int, "Seconds until a browser's session ends.")
    log_days = Setting(90, int, "Days for which the sign-in log is kept.")
    log_entries_per_ip = Setting(
        600,
        int,
        "How many refusals of one IP address (IPv6: one /64) are logged in a clock hour. More are only counted, "
        "so that a flood can't fill the log. Codes sent and sign-ins are always logged.",
    )
    log_ip_prefix = Setting(
        0,
        int,
        "Leading bits of the IP address that the log stores in clear beside the keyed hash, such as 24. For IPv6 twice "
        "as many, at most 64. 0: none.",
    )
    log_shards = Setting(
        1,
        int,
        "Partitions of each list that staff can read. docs/scale.md says how many a site needs. May be raised, never "
        "lowered.",
    )
    jwt_keys = Setting[list[str]](
        [],
        private_keys,
        "Private keys that sign tokens, Ed25519, P-256 or RSA, as PEM or JWK, one after the other. The first signs; "
        "for a client of the OpenID provider, the first of its algorithm. One with `nbf`, in epoch seconds, signs from "
        "then on. All are published. Without one there are no tokens. `manage.py new_jwt_key` makes one (`--rsa` for "
        "the provider) and prints how to rotate.",
    )
    jwt_issuer = Setting("", str, "The `iss` claim of tokens: this site's address, such as https://otp.example.")
    jwt_audience = Setting[list[str]](
        [], words, "The `aud` claim of tokens: the services that accept them. If empty, the issuer."
    )
    access_token_lifetime = Setting(
        10 * MINUTE,
        int,
        "Seconds until an access token expires. Until then other services accept it, even after a sign-out.",
    )
    refresh_token_lifetime = Setting(30 * DAY, int, "Seconds after a sign-in until its refresh tokens expire.")
    claims_hook = Setting(
        "",
        str,
        "Dotted path of a function that takes an account and returns more claims for its tokens, as a "
        "dictionary. It is called at each sign-in that returns tokens and at each refresh.",
    )
    clients = Setting[list[dict[str, Any]]](
        [],
        objects,
        "Applications that sign people in with this site by OpenID Connect: a JSON list that `manage.py client new` "
        "prints. docs/provider.md describes its members.",
    )
    cors_origins = Setting[list[str]](
        [], words, "Origins of other sites whose pages may call the API or fetch tokens, such as https://app.example."
    )
    signup = Setting[list[str]](
        ["open"],
        words,
        "Who may sign up: `open` (anybody), `closed` (nobody), or domains such as example.com, without their "
        "subdomains. Existing accounts can always sign in.",
    )
    signup_hook = Setting(
        "",
        str,
        "Dotted path of a function that takes an address and returns whether it may sign up. OTP_SIGNUP applies too.",
    )
    refuse_disposable = Setting(
        False, switch, "1: addresses of throwaway mail services can't sign up (package disposable-email-domains)."
    )
    sms = Setting(False, switch, "1: codes are sent to phones as well, by SNS. Each message costs money.")
    sms_countries = Setting[list[str]](
        [], words, "Countries whose mobile numbers are accepted, as two-letter codes: AU,NZ."
    )
    sms_domain = Setting(
        "", str, "The site's host name, the last line of each SMS: phones fill in the code on that host only."
    )
    sms_sender_id = Setting("", str, "Sender ID of each SMS, up to 11 letters and digits, where the country allows it.")
    sms_origination = Setting(
        "", str, "The number that each SMS is sent from, such as +61412345678: one that AWS has assigned to you."
    )
    sms_simulator = Setting(
        "+14254147755",
        str,
        "Gets the SMS for numbers that may not have one, so that nobody can tell the difference: one of AWS's "
        "simulator numbers, preferably of your own country, so that it costs as much and takes as long.",
    )
    sms_per_number_day = Setting(5, int, "SMS to one number in a day (UTC).")
    sms_per_prefix_day = Setting(20, int, "SMS in a day to all numbers that differ only in the last four digits.")
    sms_per_day = Setting(
        500,
        int,
        "SMS segments of the whole site in a day, as AWS bills them: one to three a message. This limits the bill.",
    )
    sns_topics = Setting[list[str]](
        [], words, "ARNs of the SNS topics from which /ses/events/ accepts bounces and complaints."
    )
    delivery_events = Setting(
        False,
        switch,
        "1: SES also reports each mail that was delivered, so that the log says so. Each report is a request to the "
        "site. `make provision` sets this up.",
    )


conf = Conf()

DECLARED: dict[str, Setting[Any]] = {
    setting.name: setting for setting in vars(Conf).values() if isinstance(setting, Setting)
}


def defaults() -> dict[str, Any]:
    """Every OTP_* setting at its default."""
    return {name: setting.default for name, setting in DECLARED.items()}


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The OTP_* settings among environment variables, parsed. Raises ImproperlyConfigured for a malformed one."""
    parsed = {}
    for name, setting in DECLARED.items():
        if name in environ:
            try:
                parsed[name] = setting.parse(environ[name])
            except ValueError as error:
                kind = type(setting.default).__name__
                raise ImproperlyConfigured(f"{name} cannot be read as {kind}: {setting.help}") from error
    return parsed
