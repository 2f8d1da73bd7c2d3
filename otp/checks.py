"""System checks of the OTP_* settings. Each message's hint says what to set instead.

Those of mail and SMS are in `delivery.checks`, those of tokens in `tokens.checks`.
"""

import importlib.util
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.urls import get_resolver
from django.utils.module_loading import import_string

from . import rules
from .clock import DAY, MINUTE
from .conf import conf
from .delivery import addresses
from .exceptions import AddressInvalid

SHORTEST_KEY = 32
MOST_GUESSES = 100  # a day; NIST SP 800-63B-4, 3.2.2, allows 100 failed attempts in a row
IPV4_BITS = 32
STANDARD_LIFETIME = 10 * MINUTE  # ASVS 5.0 6.5.5 and NIST SP 800-63B-4 3.1.3.1


@register(Tags.security)
def check_keys(**kwargs: Any) -> list[CheckMessage]:
    unfit = [n for n, key in enumerate(conf.keys) if is_weak(key) or ("everybody knows" in key and not settings.LOCAL)]
    if conf.keys and not unfit:
        return []
    fault = f"has weak or publicly known keys at positions {unfit}" if unfit else "is empty"
    hint = "Generate one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    return [Error(f"OTP_KEYS {fault}.", hint=hint, id="otp.E001")]


def is_weak(key: str) -> bool:
    return len(key) < SHORTEST_KEY or len(set(key)) < SHORTEST_KEY // 4


@register(Tags.security)
def check_guesses(**kwargs: Any) -> list[CheckMessage]:
    windows = conf.send_windows
    if not windows or min(windows) < 1 or list(windows) != sorted(windows):
        hint = "Set seconds of at least 1 in ascending order: 60,180,…,87300"
        return [Error("OTP_SEND_WINDOWS is empty or not in ascending order.", hint=hint, id="otp.E002")]
    if conf.max_attempts < 1:
        return [Error("OTP_MAX_ATTEMPTS is below 1: no code could be used.", hint="Set it to 6.", id="otp.E003")]
    guesses = rules.guesses_per_day(conf.max_attempts, windows, conf.lifetime)
    if guesses > MOST_GUESSES:
        hint = (
            f"Lower OTP_MAX_ATTEMPTS, or end OTP_SEND_WINDOWS with {DAY + conf.lifetime} (24 hours and OTP_LIFETIME) "
            f"after at most {MOST_GUESSES // conf.max_attempts} windows."
        )
        return [Error(f"These settings allow {guesses} guesses a day at one address.", hint=hint, id="otp.E004")]
    return []


@register(Tags.security)
def check_lifetime(**kwargs: Any) -> list[CheckMessage]:
    if conf.lifetime < MINUTE:
        return [Error("OTP_LIFETIME is below 60 seconds.", hint="Set it to 900, or to 600.", id="otp.E005")]
    if conf.lifetime > rules.LIFETIME:
        hint = "Set OTP_LIFETIME to 900 seconds or less; the standards ask for 600 or less."
        return [checks.Warning(f"Codes are valid for {conf.lifetime} s.", hint=hint, id="otp.W001")]
    if conf.lifetime > STANDARD_LIFETIME and not settings.LOCAL:
        hint = "Set OTP_LIFETIME=600 if you have to comply with either."
        return [
            Info(
                "Codes are valid for longer than the 600 s of ASVS 6.5.5 and NIST SP 800-63B.", hint=hint, id="otp.I001"
            )
        ]
    return []


@register(Tags.security)
def check_numbers(**kwargs: Any) -> list[CheckMessage]:
    least = {
        "sends_per_ip": 1,
        "device_days": 0,
        "session_age": MINUTE,
        "log_days": 1,
        "log_entries_per_ip": 1,
        "log_shards": 1,
        "log_ip_prefix": 0,
        "sms_per_number_day": 1,
        "sms_per_prefix_day": 1,
        "sms_per_day": 1,
    }
    found: list[CheckMessage] = [
        Error(f"OTP_{name.upper()} is {getattr(conf, name)}.", hint=f"Set it to at least {low}.", id="otp.E006")
        for name, low in least.items()
        if getattr(conf, name) < low
    ]
    if conf.log_ip_prefix > IPV4_BITS:
        hint = "Set the number of leading bits of an IPv4 address, such as 24, or 0 for none."
        found.append(Error(f"OTP_LOG_IP_PREFIX is {conf.log_ip_prefix}.", hint=hint, id="otp.E009"))
    return found


@register(Tags.security)
def check_trusted_callers(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"OTP_TRUSTED_CALLERS: {cidr!r} is not a network.", hint="Use CIDR notation: 10.1.2.0/24", id="otp.E007")
        for cidr in conf.trusted_callers
        if not is_network(cidr)
    ]


@register(Tags.security)
def check_signup(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if conf.signup not in (["open"], ["closed"]) and not (conf.signup and all(map(is_domain, conf.signup))):
        hint = "Set it to open, to closed, or to a list of lower-case domains: example.com,example.org"
        found.append(Error(f"OTP_SIGNUP is {conf.signup!r}.", hint=hint, id="otp.E010"))
    if conf.signup_hook and not callable(imported(conf.signup_hook)):
        hint = "Set the dotted path of a function that takes an address: shop.customers.may_sign_up"
        found.append(
            Error(
                f"OTP_SIGNUP_HOOK: {conf.signup_hook} is not a function that can be imported.", hint=hint, id="otp.E011"
            )
        )
    if conf.refuse_disposable and not importlib.util.find_spec("disposable_email_domains"):
        hint = "pip install disposable-email-domains"
        found.append(Error("OTP_REFUSE_DISPOSABLE is on, but its package is not installed.", hint=hint, id="otp.E012"))
    return found


def is_domain(text: str) -> bool:
    """Whether this is a domain in the form that canonical addresses have."""
    try:
        return addresses.canonical(f"a@{text}") == f"a@{text}"
    except AddressInvalid:
        return False


def imported(path: str) -> Any:
    try:
        return import_string(path)
    except ImportError:
        return None


def is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


@register(Tags.urls, deploy=True)
def check_stage(**kwargs: Any) -> list[CheckMessage]:
    """Behind API Gateway's own host name Zappa strips the stage from paths: on `prod`, `/products` becomes `ucts`."""
    stage = getattr(settings, "STAGE", "")
    taken = [path for path in paths() if stage and path.startswith(stage)]
    hint = "Choose another name for the stage in zappa_settings.json."
    return [
        Error(f"The path /{path} begins with the name of the stage, {stage!r}.", hint=hint, id="otp.E016")
        for path in taken
    ]


def paths() -> list[str]:
    """The paths of the site as its URL patterns have them, without the leading slash."""
    found = [settings.STATIC_URL.removeprefix("/")]
    for entry in get_resolver().url_patterns:
        found += [f"{entry.pattern}{inner.pattern}" for inner in getattr(entry, "url_patterns", [])] or [
            str(entry.pattern)
        ]
    return found
