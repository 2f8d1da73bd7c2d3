"""Signing JWTs with the keys of the keyring, and reading them."""

from collections.abc import Sequence
from typing import Any

from otp.conf import conf
from otp.exceptions import TokenInvalid

from . import keyring


def sign(claims: dict[str, Any], type: str, algorithm: str | None = None) -> str:
    """A JWT of this type, signed by the first key, or the first of an algorithm. Raises InvalidKey if there is none."""
    import jwt

    key = keyring.signing(algorithm)
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"typ": type, "kid": key.kid})


def read(
    token: str, type: str, *, require: Sequence[str], audience: list[str] | None = None, expired: bool = False
) -> dict[str, Any]:
    """The claims of a JWT that was signed here. Raises TokenInvalid.

    The token's `kid` selects the key, and the key determines the algorithm. The token's `alg` is ignored. Without an
    audience any is accepted; `expired` accepts an expired token too.
    """
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        key = next(key for key in keyring.all_keys() if key.kid == header.get("kid"))
        if header.get("typ") != type:
            raise TokenInvalid
        return jwt.decode(
            token,
            key.public,
            algorithms=[key.algorithm],
            issuer=conf.jwt_issuer,
            audience=audience,
            options={"require": list(require), "verify_exp": not expired, "verify_aud": audience is not None},
        )
    except (jwt.InvalidTokenError, StopIteration) as error:
        raise TokenInvalid from error
