"""Send a code: one read and one transaction, then the message.

Raises OTPError, and nothing else, for whatever a caller can cause or can't help.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.db.utils import OperationalError
from django.utils import timezone

from otp import rules, signals
from otp.conf import conf
from otp.delivery.channels import channel_of
from otp.dynamo.client import TransactionRefused
from otp.dynamo.operations import Delete, Put, Update, from_item, transact
from otp.exceptions import DeliveryUnknown, OTPError, TooManySends, Unavailable, translate_storage_errors
from otp.models import Address, Attempt, Code
from otp.outcomes import Outcome

from . import budgets, log, signup
from .budgets import Standing
from .callers import Caller
from .devices import Device
from .flows import Flow

ROUNDS = 10  # of a send that is decided again, as a parallel one has won


@dataclass(frozen=True)
class Sent:
    """What a caller may know of a send: for how many seconds the code holds, and until the next may be asked for."""

    expires_in: int
    retry_after: int


@signals.deciding(Outcome.SENT, signals.sent)
@translate_storage_errors()
def send_code(
    *, address: str, flow: Flow, caller: Caller, request_id: str | None = None, device: Device | None = None
) -> Sent:
    """Send a new code to a canonical address. The same `request_id` again sends nothing, and answers the same.

    It is counted against the budget that everybody shares; or against that of a `device` of the account's own.

    An address that may have none (no account while sign-up is closed to it, or mail to it came back) costs the same
    work and gets the same answer; but its message goes to nobody, and no guess matches its code.
    Raises TooManySends (one of its kinds), DeliveryFailed, Unavailable.
    """
    now = timezone.now()
    request = flow.request_key(request_id, "send", address)
    entry = log.entry(Outcome.SENT, address=address, flow=flow, caller=caller, now=now)
    found = budgets.read(address, caller, now, device)
    welcome = signup.welcome(address, found.account, found.suppression)
    code, channel = rules.new_code(), channel_of(address)
    message = channel.compose(address if welcome else channel.nobody(), code, lifetime=conf.lifetime)
    stored = _new_code(address, flow, code if welcome else None, now, found.budget)
    try:
        record, new = _reserve(found, stored, request, entry, now)
    except TooManySends as refusal:
        entry.outcome = refusal.code
        log.write_refusal(entry, caller)
        raise
    if new:
        _deliver(message, record, stored, entry)
    return _sent(record, now)


def _reserve(found: Standing, code: Code, request: str, entry: Attempt, now: datetime) -> tuple[Address, bool]:
    """Write everything about a send but its message: the address's record, and whether this request is new.

    The record is written on condition that it is unchanged, so of parallel sends one wins; the others are decided
    again from what the winner left, which DynamoDB hands over with the refusal. Raises Unavailable when that doesn't
    end: by the default windows, losing once is enough to be refused.
    """
    record = found.record
    for _ in range(ROUNDS):
        if record and record.revision == request:
            return record, False
        budgets.refuse(record, found.counted, now)
        reserved = budgets.with_send(record, code.budget, request, now)
        unchanged = Q(revision=record.revision) if record else Q(pk__isnull=True)
        counts = {quota.key: quota.count() for quota in found.counted}
        try:
            transact(address=Put(reserved, when=unchanged), code=Put(code), entry=Put(entry), **counts)
        except TransactionRefused as refusal:
            if "address" not in refusal.failed:
                raise next(quota for quota in found.counted if quota.key in refusal.failed).used_up(now) from refusal
            old = refusal.failed["address"]
            record = from_item(Address, old) if old else None
        except OperationalError:
            # Nobody knows whether it was written: if so, neither code nor cooldown may stay, as no mail will follow.
            with suppress(OperationalError):
                _undo(reserved, code, entry, Outcome.UNAVAILABLE)
            raise
        else:
            return reserved, True
    raise Unavailable


def _new_code(address: str, flow: Flow, code: str | None, now: datetime, budget: str) -> Code:
    """The item of a code; without one, an item like any other whose digest is of nothing that can be typed."""
    digest = rules.digest(conf.keys[0], flow=str(flow), address=address, code=code) if code else secrets.token_hex(32)
    return Code(
        key=flow.key(address),
        address=address,
        flow=str(flow),
        budget=budget,
        code_digest=digest,
        created_at=now,
        otp_expiry=now + timedelta(seconds=conf.lifetime),
    )


def _deliver(message: Any, record: Address, code: Code, entry: Attempt) -> None:
    """Hand the message over. If that fails the send is undone; if nobody knows, only its cooldown is."""
    try:
        channel_of(code.address).deliver(message)
    except DeliveryUnknown as failure:
        sends, unanswered = rules.sends_without_wait(record.sends, conf.send_windows), record.unanswered
        _amend(record, entry, failure.code, sends, unanswered)
        raise
    except Exception as failure:
        _undo(record, code, entry, failure.code if isinstance(failure, OTPError) else Outcome.SERVER_ERROR)
        raise


def _undo(record: Address, code: Code, entry: Attempt, outcome: str) -> None:
    """Take a send back whose mail never left: its code, and its place in the budget."""
    _amend(record, entry, outcome, record.sends[:-1], record.unanswered - 1, Delete(Code, code.key))


def _amend(record: Address, entry: Attempt, outcome: str, sends: list[int], unanswered: int, *also: Delete) -> None:
    """Put the address's record and the log right after a message that failed. What its quotas counted stays.

    A record that has moved on since (the message had left after all, and its code was used) needs no mending.
    """
    changes = {**budgets.with_sends(sends, unanswered, record.expires_at), "revision": secrets.token_hex(16)}
    with suppress(TransactionRefused):
        transact(
            Update(Address, record.address, changes, when=Q(revision=record.revision)),
            Update(Attempt, entry.id, {"outcome": outcome}),
            *also,
        )


def _sent(record: Address, now: datetime) -> Sent:
    stamp = int(now.timestamp())
    return Sent(
        expires_in=record.sends[-1] + conf.lifetime - stamp,
        retry_after=max(rules.next_send_at(record.sends, conf.send_windows) - stamp, 0),
    )
