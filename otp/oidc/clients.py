"""The applications that may sign people in with this site: those declared in OTP_CLIENTS."""

import hashlib
import hmac
import re
from dataclasses import dataclass

from otp.conf import conf

SCOPES = {  # and the claims that each gives
    "openid": ("sub",),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "offline_access": (),
}
ALGORITHMS = ("RS256", "ES256", "EdDSA")
LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?(/.*)?")


@dataclass(frozen=True)
class Client:
    """An application. A public one (in a browser or on a phone) has no secret. A first-party one needs no consent."""

    id: str
    name: str
    redirect_uris: tuple[str, ...] = ()
    secret_sha256: str = ""  # in hex
    scopes: tuple[str, ...] = ("openid", "email", "phone")
    algorithm: str = "RS256"  # of its tokens
    logo: str = ""
    first_party: bool = False
    pkce: bool = True  # False: a confidential client that can't do it
    post_logout_redirect_uris: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        return not self.secret_sha256

    def has_secret(self, secret: str) -> bool:
        return hmac.compare_digest(digest(secret), self.secret_sha256)

    def may_redirect_to(self, uri: str) -> bool:
        """Whether it has declared this URI exactly. Only the port of a loopback address may differ (RFC 8252, 7.3)."""
        return uri in self.redirect_uris or (
            without_port(uri) != "" and without_port(uri) in map(without_port, self.redirect_uris)
        )

    def can_be_impersonated_at(self, uri: str) -> bool:
        """Whether any program on the person's device can receive a code at this URI, and redeem it (RFC 8252, 8.6)."""
        return self.is_public and not uri.startswith("https://")


def find(id: str) -> Client | None:
    """The client of this id, or None. A malformed declaration, which the system checks refuse, is no client."""
    for declared in conf.clients:
        if declared.get("id") == id:
            try:
                return Client(**declared)
            except TypeError:
                return None
    return None


def digest(secret: str) -> str:
    """The stored form of a client's secret. The secret has 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def without_port(uri: str) -> str:
    """A loopback address without its port; "" for any other URI."""
    match = LOOPBACK.fullmatch(uri)
    return f"http://{match[1]}{match[2] or ''}" if match else ""
