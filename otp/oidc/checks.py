"""System checks of OTP_CLIENTS."""

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error

from otp.conf import conf
from otp.tokens import keyring

from .clients import ALGORITHMS, SCOPES, Client

ID = re.compile(r"[A-Za-z0-9._~-]{1,64}")
LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")
KINDS = {each.name: each.type for each in fields(Client)}


def check_clients() -> list[CheckMessage]:
    """Check each declaration."""
    hint = "Make one with manage.py client new. docs/provider.md describes the members."
    errors: list[CheckMessage] = [
        Error(f"OTP_CLIENTS: the client at position {n} {fault}.", hint=hint, id="otp.E030")
        for n, declared in enumerate(conf.clients)
        for fault in faults(declared)
    ]
    ids = [each.get("id") for each in conf.clients]
    if len(ids) != len(set(map(str, ids))):
        errors.append(Error("OTP_CLIENTS: two clients have the same id.", hint=hint, id="otp.E031"))
    return errors


def check_keys() -> list[CheckMessage]:
    """Check that there are keys for the clients' tokens."""
    return [
        Error(
            f"OTP_CLIENTS needs a key for {algorithm} in OTP_JWT_KEYS.",
            hint="Make one: manage.py new_jwt_key, with --rsa for RS256",
            id="otp.E032",
        )
        for algorithm in sorted(needed() - present())
    ]


def needed() -> set[str]:
    """The algorithms that must have a key: those of the clients, and RS256, which every provider must have."""
    return {"RS256", *(str(each.get("algorithm", "RS256")) for each in conf.clients)} & set(ALGORITHMS)


def present() -> set[str]:
    algorithms = set()
    for text in conf.jwt_keys:
        try:
            algorithms.add(keyring.key(text).algorithm)
        except (keyring.InvalidKey, ImportError):
            continue  # another check reports it
    return algorithms


def faults(declared: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a declared client, each as the end of a sentence."""
    if unknown := sorted(declared.keys() - KINDS.keys()):
        yield f"has unknown members: {', '.join(unknown)}"
    wrong = [name for name, value in declared.items() if name in KINDS and not has_kind(name, value)]
    wrong += [name for name in ("id", "name", "redirect_uris") if not declared.get(name)]
    if wrong:
        yield f"lacks these members, or they have the wrong type: {', '.join(sorted({*wrong}))}"
    if unknown or wrong:
        return
    client = Client(**declared)
    if not ID.fullmatch(client.id):
        yield "has an id that isn't 1 to 64 letters, digits or . _ ~ -"
    if client.secret_sha256 and not re.fullmatch("[0-9a-f]{64}", client.secret_sha256):
        yield "has a secret_sha256 that isn't a SHA-256 digest in hex"
    if client.is_public and not client.pkce:
        yield "has neither a secret nor PKCE"
    if client.algorithm not in ALGORITHMS:
        yield f"has an algorithm other than {', '.join(ALGORITHMS)}"
    if "openid" not in client.scopes or not set(client.scopes) <= SCOPES.keys():
        yield f"has scopes without openid, or other than {', '.join(SCOPES)}"
    if client.logo and not client.logo.startswith("https://"):
        yield "has a logo that isn't an https URL"
    for uri in (*client.redirect_uris, *client.post_logout_redirect_uris):
        if not is_redirect_uri(uri, public=client.is_public):
            yield f"has the redirect URI {uri!r}, which is neither https, nor loopback, nor a native app's"


def has_kind(name: str, value: Any) -> bool:
    kind: Any = KINDS[name]
    if kind == tuple[str, ...]:
        return isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)
    return isinstance(value, kind)


def is_redirect_uri(uri: str, *, public: bool) -> bool:
    """Whether it is https, a loopback address or, for a public client, of a scheme such as com.example.app."""
    if not re.fullmatch(r"[!-~]+", uri) or re.search(r"[*#\\\"<>]", uri):
        return False
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if "@" in parts.netloc:
        return False
    if parts.scheme == "https":
        return bool(host)
    if parts.scheme == "http":
        return host in LOCAL_HOSTS
    return public and "." in parts.scheme
