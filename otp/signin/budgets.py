"""The budget of an address: when it may be sent the next code. `rules` has the arithmetic; this reads and writes."""

import secrets
from collections.abc import Sequence
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
from otp.exceptions import CallerLimited, CooldownActive, TooManySends
from otp.models import Address, Block, Counter, Suppression
from otp.outcomes import Outcome

from . import membership, quotas
from .callers import Caller
from .devices import Device
from .quotas import Quota

LONG_WAIT = 30 * MINUTE  # addresses that wait for longer are listed in the admin


@dataclass(frozen=True)
class Snapshot:
    """Everything that decides about a send, from one consistent read."""

    budget_key: str  # the key of `record`: the address, or the address and a device
    record: Address | None
    shared: Address | None  # the record of the address, which points to its account
    suppression: Suppression | None
    block: Block | None  # of the caller's network
    used: dict[Quota, int]  # the count of each quota so far

    @property
    def increments(self) -> dict[str, Update]:
        """The writes that count one more message, by the key of their quota."""
        return {quota.key: quota.increment() for quota in self.used}

    def used_up(self, refusal: TransactionRefused, now: datetime) -> TooManySends:
        """The error of the quota whose condition failed."""
        return next(quota for quota in self.used if quota.key in refusal.failed).used_up(now)


def read(address: str, caller: Caller, now: datetime, device: Device | None = None) -> Snapshot:
    """Read what is stored about an address, and the quotas of a send to it, in one request.

    Both the address's record and the device's are read, because only the first says whether the account knows the
    device.
    """
    limits = quotas.of_send(address, caller, now)
    budget_key = device.budget(address) if device else address
    shared, own, suppression, block, *counters = batch_get(
        *((Address, address), (Address, budget_key), (Suppression, address), (Block, caller.ip_hash)),
        *((Counter, quota.key) for quota in limits),
    )
    used = {quota: counter.count if counter else 0 for quota, counter in zip(limits, counters, strict=True)}
    if device and shared and shared.is_member and device.belongs_to(address, shared.epoch):
        return Snapshot(budget_key, own, shared, suppression, block, used)
    return Snapshot(address, shared, shared, suppression, block, used)


def refuse(record: Address | None, snapshot: Snapshot, now: datetime) -> None:
    """Raise CooldownActive, CallerLimited if staff block the network, or the error of a used-up quota."""
    if (wait := seconds_to_wait(record.sends if record else (), now)) > 0:
        raise CooldownActive(retry_after=wait)
    if snapshot.block and snapshot.block.holds(now):
        blocked = CallerLimited(retry_after=int((snapshot.block.until - now).total_seconds()) + 1)
        blocked.outcome = Outcome.CALLER_BLOCKED
        raise blocked
    for quota, count in snapshot.used.items():
        if count >= quota.limit:
            raise quota.used_up(now)


def seconds_to_wait(sends: Sequence[int], now: datetime) -> int:
    """Seconds until the next code may be sent; 0 if it may be sent now."""
    stamp = int(now.timestamp())
    return max(rules.next_send_at(rules.plausible(sends, stamp), conf.send_windows) - stamp, 0)


def write(
    budget: str, sends: Sequence[int], last_write: str, now: datetime, *, read: Address | None, **pointer: IfMissing
) -> Update:
    """An Update that stores the budget and the address's pointer to its account, if they are as they were `read`."""
    # A random one matches nothing, and keeps the request the same for new and known addresses.
    as_read = (read and read.last_write) or secrets.token_hex(16)
    unchanged = Q(last_write__isnull=True) | Q(last_write=as_read)
    lapses = membership.lapses_at(read, now)
    return Update(Address, budget, {**changes(sends, last_write, now), "expires_at": lapses, **pointer}, when=unchanged)


def changes(sends: Sequence[int], last_write: str, now: datetime) -> dict[str, Any]:
    """The attributes of a record with these sends."""
    free_at = rules.next_send_at(sends, conf.send_windows)
    waits_long = free_at > now.timestamp() + LONG_WAIT
    return {
        "sends": list(sends),
        "last_write": last_write,
        "free_at": datetime.fromtimestamp(free_at, UTC) if waits_long else None,
        "shard": IfMissing(Address._meta.get_field("shard").choose({})),
    }
