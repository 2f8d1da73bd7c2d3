"""A browser in which somebody has signed in, known again by a cookie, so that strangers can't lock its owner out.

Codes for an address that such a browser asks for are counted apart from everybody else's: whoever spends an address's
shared budget leaves the owner this one. The cookie opens nothing, and a stolen one is worth its own budget alone.

It is signed, and holds an id of its own and, for each of the last few people, a mark: a hash of id and address, keyed
with the account's session epoch. So it names nobody, nothing of it is stored, and it ends with every session of the
account.
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

PEOPLE = 4  # who share a browser; of more, those who signed in last
SALT = "otp.device"
FORM = re.compile(r"([\w-]{16})((?:\.[0-9a-f]{32})+)")


@dataclass(frozen=True)
class Device:
    id: str
    marks: tuple[str, ...] = ()

    def belongs_to(self, address: str, epoch: str) -> bool:
        """Whether somebody signed in to this account here, and hasn't ended every session since."""
        mark = _mark(self.id, address, epoch)
        return any([hmac.compare_digest(mark, each) for each in self.marks])

    def budget(self, address: str) -> str:
        """The key of what an address may ask for from here."""
        return str(AddressKey(address, self.id))


def device_of(request: HttpRequest) -> Device | None:
    """The device that a request's cookie proves; None without one, and for a forged, too old or malformed one."""
    if not conf.device_days:
        return None
    value = request.get_signed_cookie(cookie_name(), default="", salt=SALT, max_age=_age())
    found = FORM.fullmatch(value)
    return Device(found[1], tuple(found[2].split(".")[1:])) if found else None


def remember(request: HttpRequest, response: HttpResponse, session: Session) -> None:
    """Give the browser in which a session has just begun its cookie, or add the account to the one it has.

    The id of a new one follows from the session: a repeated request gets this device again, and no budget more.
    """
    if not conf.device_days:
        return
    device = device_of(request) or Device(rules.keyed_hash(conf.keys[0], "device of", session.pk)[:16])
    mark = _mark(device.id, session.address, session.epoch)
    marks = [*(each for each in device.marks if each != mark), mark][-PEOPLE:]
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
    """With the prefix that keeps other hosts of the domain from setting it, where there is https."""
    return f"{'__Host-' if settings.SESSION_COOKIE_SECURE else ''}otp_device"


def _mark(device: str, address: str, epoch: str) -> str:
    return rules.keyed_hash(epoch, "device", device, address)[:32]


def _age() -> int:
    """Seconds."""
    return conf.device_days * DAY
