"""How many codes an address may still ask for. `rules` decides; here is what it decides from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from otp import rules
from otp.clock import DAY
from otp.conf import conf
from otp.dynamo.operations import batch_get
from otp.exceptions import AddressLocked, CooldownActive
from otp.models import Account, Address, Counter, Suppression

from . import quotas
from .callers import Caller
from .devices import Device
from .quotas import Quota


@dataclass(frozen=True)
class Standing:
    """All that a send is decided from, as one consistent read found it."""

    budget: str  # the key of the record: the address, or the address and a device of its owner's
    record: Address | None
    account: Account | None
    suppression: Suppression | None
    counted: dict[Quota, int]  # the sends so far


def read(address: str, caller: Caller, now: datetime, device: Device | None = None) -> Standing:
    """What is stored about an address and the quotas of a send to it: one request, whoever it is.

    Whether the device is one of the account's is known only then, so the records of both are read.
    """
    counted_by = quotas.of_send(address, caller, now)
    budget = device.budget(address) if device else address
    shared, own, account, suppression, *counters = batch_get(
        *((Address, address), (Address, budget), (Account, address), (Suppression, address)),
        *((Counter, quota.key) for quota in counted_by),
    )
    counted = {quota: counter.count if counter else 0 for quota, counter in zip(counted_by, counters, strict=True)}
    if device and account and device.belongs_to(address, account.session_epoch):
        return Standing(budget, own, account, suppression, counted)
    return Standing(address, shared, account, suppression, counted)


def refuse(record: Address | None, counted: Mapping[Quota, int], now: datetime) -> None:
    """Raises CooldownActive, AddressLocked or what a quota refuses with, each with the seconds to wait."""
    stamp = int(now.timestamp())
    if record:
        if (wait := rules.next_send_at(record.sends, conf.send_windows) - stamp) > 0:
            raise CooldownActive(retry_after=wait)
        if 0 < conf.sends_between_successes <= record.unanswered:
            raise AddressLocked(retry_after=max(int(record.expires_at.timestamp()) - stamp, 1))
    for quota, count in counted.items():
        if count >= quota.limit:
            raise quota.used_up(now)


def with_send(record: Address | None, budget: str, request: str, now: datetime) -> Address:
    """The record of a budget once one more code was counted against it."""
    record = record or Address(address=budget)
    sends = rules.sends_after(record.sends, int(now.timestamp()), conf.send_windows)
    changes = {**with_sends(sends, record.unanswered + 1, _expiry(now)), "revision": request}
    return Address(address=budget, expires_at=_expiry(now), **changes)


def with_sends(sends: list[int], unanswered: int, expires_at: datetime) -> dict[str, Any]:
    """The changes to an address's record that follow from its sends: until when it waits, among them."""
    free_at = datetime.fromtimestamp(rules.next_send_at(sends, conf.send_windows), UTC) if sends else None
    if 0 < conf.sends_between_successes <= unanswered:
        free_at = expires_at
    return {"sends": sends, "unanswered": unanswered, "free_at": free_at}


def cleared(request: str, now: datetime) -> dict[str, Any]:
    """The changes to an address's record that a success makes, or staff who unlock it."""
    return {**with_sends([], 0, _expiry(now)), "revision": request, "expires_at": _expiry(now)}


def _expiry(now: datetime) -> datetime:
    """When a record may be forgotten: when its last window has passed, or much later if successes are awaited."""
    idle = conf.log_days * DAY if conf.sends_between_successes else max(conf.send_windows)
    return now + timedelta(seconds=idle)
