"""How many codes an address may still ask for. `rules` decides; here is what it decides from."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from otp import rules
from otp.clock import MINUTE
from otp.conf import conf
from otp.dynamo.client import TransactionRefused
from otp.dynamo.expressions import IfMissing
from otp.dynamo.operations import Update, batch_get
from otp.exceptions import CooldownActive, TooManySends
from otp.models import Address, Counter, Suppression

from . import membership, quotas
from .callers import Caller
from .devices import Device
from .quotas import Quota

LONG_WAIT = 30 * MINUTE  # beyond it staff find an address in a list


@dataclass(frozen=True)
class Standing:
    """All that a send is decided from, as one consistent read found it."""

    budget: str  # the key of the record: the address, or the address and a device of its owner's
    record: Address | None
    shared: Address | None  # the record of the address itself, which points to its account
    suppression: Suppression | None
    counted: dict[Quota, int]  # the sends so far

    @property
    def counts(self) -> dict[str, Update]:
        """The writes that count one more message, by their quota's key."""
        return {quota.key: quota.count() for quota in self.counted}

    def used_up(self, refusal: TransactionRefused, now: datetime) -> TooManySends:
        """The refusal of the quota that had no room."""
        return next(quota for quota in self.counted if quota.key in refusal.failed).used_up(now)


def read(address: str, caller: Caller, now: datetime, device: Device | None = None) -> Standing:
    """What is stored about an address and the quotas of a send to it: one request, whoever it is.

    Whether the device is one of the account's is known only then, so the records of both are read.
    """
    counted_by = quotas.of_send(address, caller, now)
    budget = device.budget(address) if device else address
    shared, own, suppression, *counters = batch_get(
        *((Address, address), (Address, budget), (Suppression, address)),
        *((Counter, quota.key) for quota in counted_by),
    )
    counted = {quota: counter.count if counter else 0 for quota, counter in zip(counted_by, counters, strict=True)}
    if device and shared and shared.is_member and device.belongs_to(address, shared.epoch):
        return Standing(budget, own, shared, suppression, counted)
    return Standing(address, shared, shared, suppression, counted)


def refuse(record: Address | None, counted: Mapping[Quota, int], now: datetime) -> None:
    """Raises CooldownActive or what a quota refuses with, each with the seconds to wait."""
    if (wait := seconds_to_wait(record.sends if record else (), now)) > 0:
        raise CooldownActive(retry_after=wait)
    for quota, count in counted.items():
        if count >= quota.limit:
            raise quota.used_up(now)


def seconds_to_wait(sends: Sequence[int], now: datetime) -> int:
    """Until the next code may be sent; 0 if at once."""
    stamp = int(now.timestamp())
    return max(rules.next_send_at(rules.believable(sends, stamp), conf.send_windows) - stamp, 0)


def write(
    budget: str, sends: Sequence[int], revision: str, now: datetime, *, read: Address | None, **pointer: IfMissing
) -> Update:
    """The write of a budget's sends, and of what its address points to, on condition that it is as it was `read`."""
    known = (read and read.revision) or secrets.token_hex(16)  # else one that none has: the form is the same for all
    unchanged = Q(revision__isnull=True) | Q(revision=known)
    lapses = membership.lapses_at(read, now)
    return Update(Address, budget, {**changes(sends, revision, now), "expires_at": lapses, **pointer}, when=unchanged)


def changes(sends: Sequence[int], revision: str, now: datetime) -> dict[str, Any]:
    """What a budget's sends come down to in its record."""
    free_at = rules.next_send_at(sends, conf.send_windows)
    waits_long = free_at > now.timestamp() + LONG_WAIT
    return {
        "sends": list(sends),
        "revision": revision,
        "free_at": datetime.fromtimestamp(free_at, UTC) if waits_long else None,
        "shard": IfMissing(Address._meta.get_field("shard").choose({})),
    }
