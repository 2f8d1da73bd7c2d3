"""System checks of the OTP_* settings. Each message's hint says what to set instead.

Those of mail and SMS are in `delivery.checks`, those of tokens in `tokens.checks`. `manage.py` runs them all; a server
that starts runs those with the tag AT_START, which load nothing that the first request doesn't need anyway.
"""

import importlib.util
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Info, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.urls import get_resolver
from django.utils.module_loading import import_string

from . import rules
from .clock import DAY, MINUTE
from .conf import AT_START, conf
from .delivery import addresses
from .exceptions import AddressInvalid

SHORTEST_KEY = 32
MOST_GUESSES = 100  # a day; NIST SP 800-63B-4, 3.2.2, allows 100 failed attempts in a row
IPV4_BITS = 32
WIDEST = {4: 8, 6: 32}  # prefix lengths: no organization has more than an IPv4 /8 or, as a rule, an IPv6 /32
LONGEST = 400  # days; browsers keep no cookie for longer
# A name with at least one dot, or localhost, or an address. A dot in front of a name stands for any subdomain.
HOST = re.compile(r"\.?([a-z0-9-]+\.)+[a-z0-9-]+|localhost|\[[0-9a-f:]+\]", re.IGNORECASE)
ORIGIN = re.compile(r"https://[^\s/?#@*]+")
STANDARD_LIFETIME = 10 * MINUTE  # ASVS 5.0 6.5.5 and NIST SP 800-63B-4 3.1.3.2


def refuse_unsafe_settings() -> None:
    """Raise ImproperlyConfigured with each error of the checks with the tag AT_START, and its remedy."""
    errors = [each for each in run_checks(tags=[AT_START]) if each.is_serious() and not each.is_silenced()]
    if errors:
        raise ImproperlyConfigured("\n".join(["This site doesn't start with unsafe settings:", *map(str, errors)]))


@register(Tags.security, AT_START)
def check_keys(**kwargs: Any) -> list[CheckMessage]:
    unfit = [n for n, key in enumerate(conf.keys) if is_weak(key) or ("everybody knows" in key and not settings.LOCAL)]
    if conf.keys and not unfit:
        return []
    fault = f"has weak or publicly known keys at positions {unfit}" if unfit else "is empty"
    hint = "Generate one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    return [Error(f"OTP_KEYS {fault}.", hint=hint, id="otp.E001")]


def is_weak(key: str) -> bool:
    return len(key) < SHORTEST_KEY or len(set(key)) < SHORTEST_KEY // 4


@register(Tags.security, AT_START)
def check_guesses(**kwargs: Any) -> list[CheckMessage]:
    windows = conf.send_windows
    if not windows or min(windows) < 1 or max(windows) > LONGEST * DAY or list(windows) != sorted(windows):
        hint = "Set seconds from 1 to 400 days in ascending order: 60,180,…,87300"
        return [Error("OTP_SEND_WINDOWS is empty, too long or not in ascending order.", hint=hint, id="otp.E002")]
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


@register(Tags.security, AT_START)
def check_lifetime(**kwargs: Any) -> list[CheckMessage]:
    if not MINUTE <= conf.lifetime <= DAY:
        hint = "Set it to 900, or to 600."
        return [Error(f"OTP_LIFETIME is {conf.lifetime}: not from 60 s to a day.", hint=hint, id="otp.E005")]
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


@register(Tags.security, AT_START)
def check_numbers(**kwargs: Any) -> list[CheckMessage]:
    limits = {
        "sends_per_ip": (1, None),
        "device_days": (0, LONGEST),
        "session_age": (MINUTE, LONGEST * DAY),
        "log_days": (1, 3650),
        "log_entries_per_ip": (1, None),
        "log_shards": (1, 1000),
        "log_ip_prefix": (0, IPV4_BITS),
        "sms_per_number_day": (1, None),
        "sms_per_prefix_day": (1, None),
        "sms_per_day": (1, None),
    }
    errors: list[CheckMessage] = []
    for name, (least, most) in limits.items():
        value = getattr(conf, name)
        if value < least or (most is not None and value > most):
            hint = f"Set it to at least {least}" + (f" and at most {most}." if most else ".")
            errors.append(Error(f"OTP_{name.upper()} is {value}.", hint=hint, id="otp.E006"))
    return errors


@register(Tags.security, AT_START)
def check_trusted_callers(**kwargs: Any) -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    for cidr in conf.trusted_callers:
        network = network_of(cidr)
        if network is None:
            hint = "Use CIDR notation: 10.1.2.0/24"
            errors.append(Error(f"OTP_TRUSTED_CALLERS: {cidr!r} is not a network.", hint=hint, id="otp.E007"))
        elif network.prefixlen < WIDEST[network.version]:
            hint = "List only the networks of your own servers: nothing limits what callers in them send."
            errors.append(Error(f"OTP_TRUSTED_CALLERS: {cidr} is too large a network.", hint=hint, id="otp.E008"))
    return errors


@register(Tags.security, AT_START)
def check_hosts(**kwargs: Any) -> list[CheckMessage]:
    hint = "List the names that the site is reached by, without scheme, port and path: otp.example,.otp.example"
    return [
        Error(f"OTP_ALLOWED_HOSTS: {host!r} is not a host name, or matches any host.", hint=hint, id="otp.E024")
        for host in conf.allowed_hosts
        if not HOST.fullmatch(host) and not (settings.LOCAL and host == "*")
    ]


@register(Tags.security, AT_START)
def check_origins(**kwargs: Any) -> list[CheckMessage]:
    hint = "List origins of pages that are served by https, without a path: https://app.example"
    return [
        Error(f"OTP_CORS_ORIGINS: {origin!r} is not an https origin.", hint=hint, id="otp.E025")
        for origin in conf.cors_origins
        if not ORIGIN.fullmatch(origin if not settings.LOCAL else origin.replace("http://", "https://", 1))
    ]


@register(Tags.security, AT_START)
def check_signup(**kwargs: Any) -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    if conf.signup not in (["open"], ["closed"]) and not (conf.signup and all(map(is_domain, conf.signup))):
        hint = "Set it to open, to closed, or to a list of lower-case domains: example.com,example.org"
        errors.append(Error(f"OTP_SIGNUP is {conf.signup!r}.", hint=hint, id="otp.E010"))
    if conf.signup_hook and not callable(imported(conf.signup_hook)):
        hint = "Set the dotted path of a function that takes an address: shop.customers.may_sign_up"
        errors.append(
            Error(
                f"OTP_SIGNUP_HOOK: {conf.signup_hook} is not a function that can be imported.", hint=hint, id="otp.E011"
            )
        )
    if conf.refuse_disposable and not importlib.util.find_spec("disposable_email_domains"):
        hint = "pip install disposable-email-domains"
        errors.append(Error("OTP_REFUSE_DISPOSABLE is on, but its package is not installed.", hint=hint, id="otp.E012"))
    return errors


@register(Tags.security, AT_START)
def check_clients(**kwargs: Any) -> list[CheckMessage]:
    """Check the clients of the OpenID provider, whose checks are imported only if there are any."""
    return import_string("otp.oidc.checks.check_clients")() if conf.clients else []


@register(Tags.security)  # not at the start, like the check of the keys themselves
def check_keys_of_clients(**kwargs: Any) -> list[CheckMessage]:
    return import_string("otp.oidc.checks.check_keys")() if conf.clients else []


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


def network_of(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


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
    patterns = [settings.STATIC_URL.removeprefix("/")]
    for entry in get_resolver().url_patterns:
        patterns += [f"{entry.pattern}{inner.pattern}" for inner in getattr(entry, "url_patterns", [])] or [
            str(entry.pattern)
        ]
    return patterns
