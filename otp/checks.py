"""System checks: settings that would make the site unsafe or unusable, each with its remedy."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.urls import get_resolver

from . import keyring, rules
from .conf import conf

SHORTEST_KEY = 32
MOST_GUESSES = 100  # NIST SP 800-63B-4, section 3.2.2, speaks of 100 failed attempts in a row
IPV4_BITS = 32
STANDARD_LIFETIME = 10 * rules.MINUTE  # ASVS 5.0 6.5.5 and NIST SP 800-63B-4 3.1.3.1


@register(Tags.security)
def check_keys(**kwargs: Any) -> list[CheckMessage]:
    weak = [n for n, key in enumerate(conf.keys) if len(key) < SHORTEST_KEY or len(set(key)) < SHORTEST_KEY // 4]
    known = [n for n, key in enumerate(conf.keys) if "everybody knows" in key and not settings.LOCAL]
    if conf.keys and not weak and not known:
        return []
    return [
        Error(
            f"OTP_KEYS holds no key, or a weak one (at {weak or known}).",
            hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="otp.E001",
        )
    ]


@register(Tags.security)
def check_guesses(**kwargs: Any) -> list[CheckMessage]:
    windows = conf.send_windows
    if not windows or min(windows) < 1 or list(windows) != sorted(windows):
        hint = "Give seconds, each at least 1, none shorter than the one before: 60,180,…,86400"
        return [Error("OTP_SEND_WINDOWS is empty or doesn't grow.", hint=hint, id="otp.E002")]
    if conf.tries < 1:
        return [Error("OTP_TRIES is below 1: no code could be used.", hint="Leave it at 6.", id="otp.E003")]
    guesses = rules.guesses_per_day(conf.tries, windows)
    if guesses > MOST_GUESSES:
        hint = (
            f"Lower OTP_TRIES, or end OTP_SEND_WINDOWS with 86400 after at most {MOST_GUESSES // conf.tries} windows."
        )
        return [Error(f"An address can be guessed at {guesses} times a day.", hint=hint, id="otp.E004")]
    return []


@register(Tags.security)
def check_lifetime(**kwargs: Any) -> list[CheckMessage]:
    if conf.lifetime < rules.MINUTE:
        return [Error("OTP_LIFETIME is under a minute.", hint="Give seconds: 900, or 600.", id="otp.E005")]
    if conf.lifetime > rules.LIFETIME:
        hint = "Set OTP_LIFETIME to 900 seconds or less; the standards ask for 600 or less."
        return [checks.Warning(f"Codes live for {conf.lifetime} s.", hint=hint, id="otp.W001")]
    if conf.lifetime > STANDARD_LIFETIME and not settings.LOCAL:
        hint = "Set OTP_LIFETIME=600 if you are held to either."
        return [Info("Codes live longer than the 600 s of ASVS 6.5.5 and NIST SP 800-63B.", hint=hint, id="otp.I001")]
    return []


@register(Tags.security)
def check_numbers(**kwargs: Any) -> list[CheckMessage]:
    least = {
        "sends_per_ip": 1,
        "session_age": rules.MINUTE,
        "log_days": 1,
        "log_entries_per_ip": 1,
        "log_shards": 1,
        "log_ip_prefix": 0,
        "sends_between_successes": 0,
    }
    found = [
        Error(f"OTP_{name.upper()} is {getattr(conf, name)}.", hint=f"Give at least {low}.", id="otp.E006")
        for name, low in least.items()
        if getattr(conf, name) < low
    ]
    if conf.log_ip_prefix > IPV4_BITS:
        hint = "Give bits of an IPv4 address: 24, or 0 for none."
        found.append(Error(f"OTP_LOG_IP_PREFIX is {conf.log_ip_prefix}.", hint=hint, id="otp.E009"))
    return found


@register(Tags.security)
def check_trusted_callers(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"OTP_TRUSTED_CALLERS: {cidr!r} is no network.", hint="Give CIDRs: 10.1.2.0/24", id="otp.E007")
        for cidr in conf.trusted_callers
        if not is_network(cidr)
    ]


def is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


@register(Tags.security)
def check_tokens(**kwargs: Any) -> list[CheckMessage]:
    """Asks nothing where tokens are off."""
    if not conf.jwt_keys:
        return []
    found = [
        Error(
            f"OTP_JWT_KEYS: the key at {n} is {reason}.",
            hint="Make one: manage.py new_jwt_key",
            id="otp.E020",
        )
        for n, reason in unfit_keys()
    ]
    if urlsplit(conf.jwt_issuer).scheme not in ({"https", "http"} if settings.LOCAL else {"https"}):
        hint = "Give this site's address: https://otp.example"
        found.append(Error("OTP_JWT_ISSUER is no https address.", hint=hint, id="otp.E021"))
    if not rules.MINUTE <= conf.access_token_lifetime <= rules.HOUR:
        hint = "Give 60 to 3600 seconds: nothing ends an access token sooner at other services."
        found.append(Error("OTP_ACCESS_TOKEN_LIFETIME is out of bounds.", hint=hint, id="otp.E022"))
    if conf.refresh_token_lifetime < conf.access_token_lifetime:
        hint = "Give seconds: 2592000 is thirty days."
        found.append(Error("OTP_REFRESH_TOKEN_LIFETIME is under the access token's.", hint=hint, id="otp.E023"))
    return found


def unfit_keys() -> Iterator[tuple[int, str]]:
    """The keys that can't sign, by position, and why."""
    for n, text in enumerate(conf.jwt_keys):
        try:
            keyring.key(text)
        except keyring.KeyUnfit as error:
            yield n, str(error)
        except ImportError:
            yield n, "of no use without PyJWT and cryptography: package without LEAN=1"


@register(Tags.urls, deploy=True)
def check_stage(**kwargs: Any) -> list[CheckMessage]:
    """Behind AWS's own address Zappa takes a stage off a path letter by letter: `/products` on `prod` is `ucts`."""
    stage = getattr(settings, "STAGE", "")
    taken = [path for path in paths() if stage and path.startswith(stage)]
    hint = "Name the stage otherwise in zappa_settings.json."
    return [Error(f"The path /{path} begins like the stage {stage!r}.", hint=hint, id="otp.E008") for path in taken]


def paths() -> list[str]:
    """How the paths of the site begin, without their first slash."""
    found = [settings.STATIC_URL.removeprefix("/")]
    for entry in get_resolver().url_patterns:
        found += [f"{entry.pattern}{inner.pattern}" for inner in getattr(entry, "url_patterns", [])] or [
            str(entry.pattern)
        ]
    return found
