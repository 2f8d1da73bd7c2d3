"""Known browsers: a cookie gives a browser that has signed in a budget of its own, so that strangers can't lock it out.

A stranger who uses up an address's budget leaves this one to the owner. The cookie grants nothing else: with a stolen
one, a thief can request codes, and no more than its budget allows.

The cookie is signed. It holds a random id and a mark for each of the last few accounts: a hash of id and address, keyed
with the account's session epoch. So it contains no address, nothing is stored on the server, and signing out everywhere
ends it.
"""

import hmac
import re
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from otp import rules
from otp.clock import DAY
from otp.conf import conf
from otp.models import AddressKey, Session

MAX_ACCOUNTS = 4  # who can share a browser: the last ones to sign in
SALT = "otp.device"
FORM = re.compile(r"([\w-]{16})((?:\.[0-9a-f]{32})+)")


@dataclass(frozen=True)
class Device:
    id: str
    marks: tuple[str, ...] = ()

    def belongs_to(self, address: str, epoch: str) -> bool:
        """Whether this account signed in here, and hasn't signed out everywhere since."""
        mark = _mark(self.id, address, epoch)
        return any([hmac.compare_digest(mark, each) for each in self.marks])

    def budget(self, address: str) -> str:
        """The key of an address's budget in this browser."""
        return str(AddressKey(address, self.id))


def device_of(request: HttpRequest) -> Device | None:
    """The device of a request's cookie; None if that is missing, forged, expired or malformed."""
    if not conf.device_days:
        return None
    value = request.get_signed_cookie(cookie_name(), default="", salt=SALT, max_age=_age())
    match = FORM.fullmatch(value)
    return Device(match[1], tuple(match[2].split(".")[1:])) if match else None


def remember(request: HttpRequest, response: HttpResponse, session: Session) -> None:
    """Set the cookie of a browser in which a session has just begun, or add the account to the one that it has.

    The id of a new one is derived from the session, so that a repeated request doesn't get a second budget.
    """
    if not conf.device_days:
        return
    device = device_of(request) or Device(rules.keyed_hash(conf.keys[0], "device of", session.pk)[:16])
    mark = _mark(device.id, session.address, session.epoch)
    marks = [*(each for each in device.marks if each != mark), mark][-MAX_ACCOUNTS:]
    response.set_signed_cookie(
        cookie_name(),
        ".".join([device.id, *marks]),
        salt=SALT,
        max_age=_age(),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def cookie_name() -> str:
    """With https it has the prefix that keeps other hosts of the domain from setting it."""
    return f"{'__Host-' if settings.SESSION_COOKIE_SECURE else ''}otp_device"


def _mark(device: str, address: str, epoch: str) -> str:
    return rules.keyed_hash(epoch, "device", device, address)[:32]


def _age() -> int:
    """Seconds."""
    return conf.device_days * DAY
