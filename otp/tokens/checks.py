"""System checks of the settings of tokens."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from otp.clock import HOUR, MINUTE
from otp.conf import conf

from . import keyring


@register(Tags.security)
def check_tokens(**kwargs: Any) -> list[CheckMessage]:
    """Check the settings of tokens, if OTP_JWT_KEYS turns them on."""
    if not conf.jwt_keys:
        return []
    found: list[CheckMessage] = [
        Error(
            f"OTP_JWT_KEYS: the key at position {n} is {reason}.",
            hint="Generate one: manage.py new_jwt_key",
            id="otp.E020",
        )
        for n, reason in unfit_keys()
    ]
    if urlsplit(conf.jwt_issuer).scheme not in ({"https", "http"} if settings.LOCAL else {"https"}):
        hint = "Set it to this site's address: https://otp.example"
        found.append(Error("OTP_JWT_ISSUER is not an https address.", hint=hint, id="otp.E021"))
    if not MINUTE <= conf.access_token_lifetime <= HOUR:
        hint = "Set 60 to 3600 seconds: other services accept an access token until it expires."
        found.append(Error(f"OTP_ACCESS_TOKEN_LIFETIME is {conf.access_token_lifetime}.", hint=hint, id="otp.E022"))
    if conf.refresh_token_lifetime < conf.access_token_lifetime:
        hint = "Set seconds: 2592000 is thirty days."
        found.append(
            Error("OTP_REFRESH_TOKEN_LIFETIME is shorter than OTP_ACCESS_TOKEN_LIFETIME.", hint=hint, id="otp.E023")
        )
    return found


def unfit_keys() -> Iterator[tuple[int, str]]:
    """The position of each key that can't sign, and the reason."""
    for n, text in enumerate(conf.jwt_keys):
        try:
            keyring.key(text)
        except keyring.KeyUnfit as error:
            yield n, str(error)
        except ImportError:
            yield n, "unusable without PyJWT and cryptography: run make package without LEAN=1"
