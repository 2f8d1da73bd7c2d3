"""How many codes an address and an IP address may still ask for. `rules` decides; here is what it decides from."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q

from . import rules
from .callers import Caller, full_hour
from .conf import conf
from .dynamo.expressions import Add, IfMissing
from .dynamo.operations import Update, batch_get
from .exceptions import AddressLocked, CallerLimited, CooldownActive
from .models import Address, CallerHour


def read(address: str, caller: Caller, now: datetime) -> tuple[Address | None, CallerHour | None]:
    """Both budgets as they stand, in one consistent read."""
    record, hour = batch_get((Address, address), (CallerHour, caller.hour_key(now)))
    return record, hour


def refuse(record: Address | None, hour: CallerHour | None, caller: Caller, now: datetime) -> None:
    """Raises CooldownActive, AddressLocked or CallerLimited, each with the seconds to wait."""
    stamp = int(now.timestamp())
    if record:
        if (wait := rules.next_send_at(record.sends, conf.send_windows) - stamp) > 0:
            raise CooldownActive(retry_after=wait)
        if 0 < conf.sends_between_successes <= record.unanswered:
            raise AddressLocked(retry_after=max(int(record.expires_at.timestamp()) - stamp, 1))
    if hour and not caller.trusted and hour.sends >= conf.sends_per_ip:
        raise caller_limited(now)


def caller_limited(now: datetime) -> CallerLimited:
    return CallerLimited(retry_after=int((full_hour(now) + timedelta(hours=1) - now).total_seconds()) + 1)


def with_send(record: Address | None, address: str, request: str, now: datetime) -> Address:
    """The address's record once one more code was sent."""
    record = record or Address(address=address)
    sends = rules.sends_after(record.sends, int(now.timestamp()), conf.send_windows)
    changes = {**with_sends(sends, record.unanswered + 1, _expiry(now)), "revision": request}
    return Address(address=address, expires_at=_expiry(now), **changes)


def with_sends(sends: list[int], unanswered: int, expires_at: datetime) -> dict[str, Any]:
    """The changes to an address's record that follow from its sends: until when it waits, among them."""
    free_at = datetime.fromtimestamp(rules.next_send_at(sends, conf.send_windows), UTC) if sends else None
    if 0 < conf.sends_between_successes <= unanswered:
        free_at = expires_at
    return {"sends": sends, "unanswered": unanswered, "free_at": free_at}


def cleared(request: str, now: datetime) -> dict[str, Any]:
    """The changes to an address's record that a success makes, or staff who unlock it."""
    return {**with_sends([], 0, _expiry(now)), "revision": request, "expires_at": _expiry(now)}


def count_caller(caller: Caller, now: datetime) -> list[Update]:
    """The write that counts a send of this IP address, and refuses one too many. None for a trusted one."""
    if caller.trusted:
        return []
    changes = {"sends": Add(1), "expires_at": IfMissing(full_hour(now) + timedelta(hours=2))}
    within = Q(sends__isnull=True) | Q(sends__lt=conf.sends_per_ip)
    return [Update(CallerHour, caller.hour_key(now), changes, when=within)]


def _expiry(now: datetime) -> datetime:
    """When a record may be forgotten: when its last window has passed, or much later if successes are awaited."""
    idle = conf.log_days * rules.DAY if conf.sends_between_successes else max(conf.send_windows)
    return now + timedelta(seconds=idle)
