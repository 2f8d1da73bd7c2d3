"""Forged access tokens, each made from a genuine one and wrong in one way (threat 14), and malformed refresh tokens."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from otp.tokens import keyring

HOUR = 3600


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(claims)


def signed(header: dict[str, Any], claims: dict[str, Any], key: keyring.Key | None = None) -> str:
    """A token signed by the site's key, or by another one."""
    key = key or keyring.signing()
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers=header)


def by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    """A token with an HMAC by `secret`, or unsigned. PyJWT refuses to make these."""
    text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims))
    mac = hmac.digest(secret, text, hashlib.sha256) if secret else b""
    return f"{text.decode()}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def genuine(token: str) -> str:
    """A valid token made the same way. It is accepted, so the others are refused only for what is wrong in them."""
    return signed(*parts(token))


def unsigned(token: str) -> str:
    header, claims = parts(token)
    return by_hand(header | {"alg": "none"}, claims)


def hs256_with_the_public_pem(token: str) -> str:
    header, claims = parts(token)
    pem = keyring.signing().public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return by_hand(header | {"alg": "HS256"}, claims, pem)


def hs256_with_the_published_key(token: str) -> str:
    header, claims = parts(token)
    return by_hand(header | {"alg": "HS256"}, claims, base64.urlsafe_b64decode(keyring.signing().published["x"] + "=="))


def another_key(token: str) -> str:
    return signed(*parts(token), keyring.key(keyring.new_key()))


def unknown_kid(token: str) -> str:
    header, claims = parts(token)
    return signed(header | {"kid": "unknown"}, claims)


def no_kid(token: str) -> str:
    header, claims = parts(token)
    return signed({name: value for name, value in header.items() if name != "kid"}, claims)


def key_of_its_own(token: str) -> str:
    """Signed by the forger's key, which the header contains."""
    key = keyring.key(keyring.new_key())
    header, claims = parts(token)
    return signed(header | {"kid": key.kid, "jwk": key.published}, claims, key)


def expired(token: str) -> str:
    header, claims = parts(token)
    return signed(header, claims | {"exp": claims["iat"] - HOUR, "nbf": claims["iat"] - 2 * HOUR})


def not_yet_valid(token: str) -> str:
    header, claims = parts(token)
    return signed(header, claims | {"nbf": claims["nbf"] + HOUR, "exp": claims["exp"] + HOUR})


def another_issuer(token: str) -> str:
    header, claims = parts(token)
    return signed(header, claims | {"iss": "https://evil.example"})


def another_audience(token: str) -> str:
    header, claims = parts(token)
    return signed(header, claims | {"aud": ["https://evil.example"]})


def another_type(token: str) -> str:
    header, claims = parts(token)
    return signed(header | {"typ": "JWT"}, claims)


def without_expiry(token: str) -> str:
    header, claims = parts(token)
    return signed(header, {name: value for name, value in claims.items() if name != "exp"})


def without_audience(token: str) -> str:
    header, claims = parts(token)
    return signed(header, {name: value for name, value in claims.items() if name != "aud"})


FORGERIES = [
    unsigned,
    hs256_with_the_public_pem,
    hs256_with_the_published_key,
    another_key,
    unknown_kid,
    no_kid,
    key_of_its_own,
    expired,
    not_yet_valid,
    another_issuer,
    another_audience,
    another_type,
    without_expiry,
    without_audience,
]


def number_replaced(token: str, number: str) -> str:
    subject, sid, _, mac = token.split(".")
    return f"{subject}.{sid}.{number}.{mac}"


# What may happen to a refresh token on its way, or be done to it.
MALFORMED = {
    "a newline behind it": lambda token: f"{token}\n",
    "a space behind it": lambda token: f"{token} ",
    "a space before it": lambda token: f" {token}",
    "a NUL behind it": lambda token: f"{token}\0",
    "in quotes": lambda token: f'"{token}"',
    "the last letter cut": lambda token: token[:-1],
    "the first letter cut": lambda token: token[1:],
    "the last letter twice": lambda token: token + token[-1],
    "another last letter": lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
    "in upper case": str.upper,
    "in full-width digits": lambda token: number_replaced(token, "０"),
    "a zero before the number": lambda token: number_replaced(token, "00"),
    "another number": lambda token: number_replaced(token, "9"),
    "without the number": lambda token: number_replaced(token, ""),
    "half of it": lambda token: token[: len(token) // 2],
}
