"""System checks of the settings of tokens."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.module_loading import import_string

from otp.clock import DAY, HOUR, MINUTE
from otp.conf import AT_START, conf

from . import keyring

LONGEST = 400 * DAY  # of a session, as of those of browsers
ADDRESS = re.compile(r"(?P<scheme>https?)://[^\s/?#]+(/[^\s?#]*[^\s/?#])?")


@register(Tags.security)  # not at the start, where loading the libraries for it would take a tenth of a second
def check_token_keys(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"OTP_JWT_KEYS: the key at position {n} is {reason}.",
            hint="Generate one: manage.py new_jwt_key",
            id="otp.E020",
        )
        for n, reason in invalid_keys()
    ]


@register(Tags.security, AT_START)
def check_tokens(**kwargs: Any) -> list[CheckMessage]:
    """Check the settings of tokens, if OTP_JWT_KEYS turns them on."""
    if not conf.jwt_keys:
        return []
    errors: list[CheckMessage] = []
    if not is_issuer(conf.jwt_issuer):
        hint = "Set this site's address without a slash at its end: https://otp.example"
        errors.append(Error(f"OTP_JWT_ISSUER: {conf.jwt_issuer!r} is not such an address.", hint=hint, id="otp.E021"))
    if not MINUTE <= conf.access_token_lifetime <= HOUR:
        hint = "Set 60 to 3600 seconds: other services accept an access token until it expires."
        errors.append(Error(f"OTP_ACCESS_TOKEN_LIFETIME is {conf.access_token_lifetime}.", hint=hint, id="otp.E022"))
    if not conf.access_token_lifetime <= conf.refresh_token_lifetime <= LONGEST:
        hint = f"Set seconds, from OTP_ACCESS_TOKEN_LIFETIME to {LONGEST}: 2592000 is thirty days."
        errors.append(Error(f"OTP_REFRESH_TOKEN_LIFETIME is {conf.refresh_token_lifetime}.", hint=hint, id="otp.E023"))
    return errors


def is_issuer(text: str) -> bool:
    """Whether this is an https address that paths can be appended to; in local mode an http address is one too.

    Services compare the issuer as text, so it has one form only.
    """
    match = ADDRESS.fullmatch(text)
    return match is not None and (match["scheme"] == "https" or settings.LOCAL)


@register(Tags.security, AT_START)
def check_claims_hook(**kwargs: Any) -> list[CheckMessage]:
    try:
        if not conf.claims_hook or callable(import_string(conf.claims_hook)):
            return []
    except ImportError:
        pass
    hint = "Set the dotted path of a function that takes an account: shop.customers.claims"
    fault = f"OTP_CLAIMS_HOOK: {conf.claims_hook} is not a function that can be imported."
    return [Error(fault, hint=hint, id="otp.E029")]


def invalid_keys() -> Iterator[tuple[int, str]]:
    """The position of each key that can't sign, and the reason."""
    for n, text in enumerate(conf.jwt_keys):
        try:
            keyring.validate(text)
        except keyring.InvalidKey as error:
            yield n, str(error)
        except ImportError:
            yield n, "unusable without PyJWT and cryptography: run make package without LEAN=1"
