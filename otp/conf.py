"""Every OTP_* setting: its default, its unit and how it is read from an environment variable of the same name.

    from otp.conf import conf
    conf.lifetime                   # OTP_LIFETIME, in seconds

Values are looked up when they are used, so `override_settings` just works. The checks are in `otp.checks`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar, overload

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from . import rules
from .clock import DAY, HOUR, MINUTE

T = TypeVar("T")


def words(text: str) -> list[str]:
    """A comma-separated list, without the spaces around its words."""
    return [word.strip() for word in text.split(",") if word.strip()]


def switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in words(text))


def private_keys(text: str) -> list[str]:
    """Private keys written one after the other, each as PEM or as a JWK (a JWK Set is read as its keys)."""
    found = re.findall(r"\{[^{}]*\}|-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", text, re.DOTALL)
    if text.strip() and not found:
        raise ValueError("no key")
    return found


class Setting(Generic[T]):
    """One setting. Read on an instance it is the value; on the class, the declaration itself."""

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
        "Secrets, at least 32 characters each. The first signs and digests, all verify: put a new one in front "
        "to rotate, and drop the old one after OTP_SESSION_AGE (with tokens: OTP_REFRESH_TOKEN_LIFETIME).",
    )
    site_name = Setting("this site", str, "The site's name, as pages and mails say it.")
    brand = Setting(
        "brand",
        str,
        "The folder of the site's own templates/ and static/, which win over the project's: docs/branding.md.",
    )
    from_email = Setting("", str, "The address that mails come from: an identity verified in SES.")
    allowed_hosts = Setting[list[str]]([], words, "The host names that the site answers to.")
    lifetime = Setting(rules.LIFETIME, int, "Seconds for which a code is valid. ASVS and NIST ask for 600 or less.")
    tries = Setting(rules.TRIES, int, "Guesses that one code takes.")
    send_windows = Setting[tuple[int, ...]](
        rules.SEND_WINDOWS,
        numbers,
        "Seconds. An address is sent another code when its i-th last one is at least as old as the i-th number.",
    )
    sends_between_successes = Setting(
        0,
        int,
        "Codes that an address gets before one is used; then none until staff unlocks it. 0: no such limit. NIST "
        "SP 800-63B-4 asks for 100 guesses (16 sends of 6 tries); but it lets any stranger disable any account.",
    )
    sends_per_ip = Setting(60, int, "Codes that one IP address (IPv6: one /64) may ask for in a clock hour.")
    trusted_callers = Setting[list[str]](
        [], words, "CIDRs of servers that ask for their own users: exempt from OTP_SENDS_PER_IP."
    )
    device_days = Setting(
        365,
        int,
        "Days that a browser is known again by a cookie after a sign-in, so that it keeps a budget of its own when "
        "strangers have spent the address's. 0: no such cookie.",
    )
    session_age = Setting(12 * HOUR, int, "Seconds that a person stays signed in.")
    log_days = Setting(90, int, "Days that the log of attempts is kept.")
    log_entries_per_ip = Setting(
        600,
        int,
        "Refusals from one IP address (IPv6: one /64) that the log takes in a clock hour. More are only counted, so "
        "that a flood can't fill it. Sign-ins are always logged, and what OTP_TRUSTED_CALLERS do.",
    )
    log_ip_prefix = Setting(
        0,
        int,
        "Bits of the IP address that the log keeps readable beside the keyed hash, say 24; of IPv6 twice as many, "
        "at most 64. 0: none.",
    )
    log_shards = Setting(
        1, int, "Partitions of each listing of the log: one takes about 1000 writes a second. May grow, never shrink."
    )
    jwt_keys = Setting[list[str]](
        [],
        private_keys,
        "Private keys that sign tokens, as PEM or JWK, one after the other: Ed25519 or P-256. The first signs, all are "
        "published. None: no tokens. `manage.py new_jwt_key` makes one and says how to rotate.",
    )
    jwt_issuer = Setting("", str, "The `iss` of tokens: this site's address, as https://otp.example.")
    jwt_audience = Setting[list[str]](
        [], words, "The `aud` of tokens: the services that are to take them. None: the issuer."
    )
    access_token_lifetime = Setting(
        10 * MINUTE, int, "Seconds that an access token holds: other services take it so long, come what may."
    )
    refresh_token_lifetime = Setting(30 * DAY, int, "Seconds after a sign-in that its refresh tokens hold.")
    cors_origins = Setting[list[str]](
        [], words, "Origins of other sites whose pages may call the API, as https://app.example."
    )
    signup = Setting[list[str]](
        ["open"],
        words,
        "Who may get a first code: open (anybody), closed (nobody: only addresses with an account), or domains such "
        "as example.com (not their subdomains).",
    )
    signup_hook = Setting(
        "", str, "Dotted path of a function that takes an address and answers whether it may sign up as well."
    )
    refuse_disposable = Setting(
        False, switch, "1: no sign-up by addresses of throwaway mail services (package disposable-email-domains)."
    )
    sms = Setting(False, switch, "1: codes go to phones as well, by SNS. Each message costs money.")
    sms_countries = Setting[list[str]](
        [], words, "Countries whose mobile numbers are sent codes, as two letters each: AU,NZ. No others are."
    )
    sms_domain = Setting("", str, "The site's host name, as each SMS ends with it: phones offer the code only there.")
    sms_sender_id = Setting(
        "", str, "Sender ID of each SMS, where the country allows one: up to 11 letters and digits."
    )
    sms_origination = Setting("", str, "The number that each SMS comes from, as +61…: one that AWS has given you.")
    sms_simulator = Setting(
        "+14254147755",
        str,
        "Where SNS sends the SMS for whoever may have none, so that nobody can tell: a simulator number of AWS's, "
        "which no phone has. Better one of your own country, for the price and the time that it takes.",
    )
    sms_per_number_day = Setting(5, int, "Text messages to one number in a day (UTC).")
    sms_per_prefix_day = Setting(20, int, "Text messages in a day to numbers that differ only in the last four digits.")
    sms_per_day = Setting(500, int, "Text messages in a day, to whomever: what a day may cost at most.")
    sns_topics = Setting[list[str]](
        [], words, "ARNs of the SNS topics whose word on bounces and complaints is taken, at /ses/events/."
    )


conf = Conf()

DECLARED: dict[str, Setting[Any]] = {
    setting.name: setting for setting in vars(Conf).values() if isinstance(setting, Setting)
}


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings that environment variables give, parsed. Raises ImproperlyConfigured naming what is malformed."""
    found = {}
    for name, setting in DECLARED.items():
        if name in environ:
            try:
                found[name] = setting.parse(environ[name])
            except ValueError as error:
                kind = type(setting.default).__name__
                raise ImproperlyConfigured(f"{name} cannot be read as {kind}: {setting.help}") from error
    return found
