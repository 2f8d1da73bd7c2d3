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
from otp.exceptions import DeliveryFailed, DeliveryUnknown, TooManySends, Unavailable, translate_storage_errors
from otp.models import Address, Attempt, Code, is_of_request, new_id
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


@signals.announced(Outcome.SENT, signals.sent)
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
    entry = log.entry(Outcome.SENT, address=address, flow=flow, caller=caller, now=now, request=request)
    found = budgets.read(address, caller, now, device)
    welcome = signup.welcome(address, found.account, found.suppression)
    code, channel = rules.new_code(), channel_of(address)
    message = channel.compose(address if welcome else channel.nobody(), code, lifetime=conf.lifetime)
    stored = _new_code(address, flow, code if welcome else None, now, entry.id)
    try:
        sends, new = _reserve(found, stored, request, entry, now)
    except TooManySends as refusal:
        entry.outcome = refusal.code
        log.write_refusal(entry, caller)
        raise
    if new:
        _deliver(message, found.budget, sends, stored, entry)
    return _sent(sends, now)


def _reserve(found: Standing, code: Code, request: str, entry: Attempt, now: datetime) -> tuple[list[int], bool]:
    """Write everything about a send but its message: the address's sends, and whether this request is new.

    The record is written on condition that it is unchanged, so of parallel sends one wins; the others are decided
    again from what the winner left, which DynamoDB hands over with the refusal. Raises Unavailable when that doesn't
    end: by the default windows, losing once is enough to be refused.
    """
    record = found.record
    for _ in range(ROUNDS):
        if record and is_of_request(record.revision, request):
            return record.sends, False
        budgets.refuse(record, found.counted, now)
        sends = rules.sends_after(record.sends if record else [], int(now.timestamp()), conf.send_windows)
        address = budgets.write(found.budget, sends, code.send, now, read=record)
        counts = {quota.key: quota.count() for quota in found.counted}
        try:
            transact(address=address, code=Put(code), entry=Put(entry), **counts)
        except TransactionRefused as refusal:
            if "address" not in refusal.failed:
                raise next(quota for quota in found.counted if quota.key in refusal.failed).used_up(now) from refusal
            old = refusal.failed["address"]
            record = from_item(Address, old) if old else None
        except OperationalError as failure:
            # Nobody knows whether it was written: if so, neither code nor cooldown may stay, as no mail will follow.
            left = sends
            with suppress(OperationalError):
                left = _take_back(found.budget, sends, code, entry, Outcome.UNAVAILABLE)
            raise Unavailable(retry_after=_wait(left)) from failure
        else:
            return sends, True
    raise Unavailable


def _new_code(address: str, flow: Flow, code: str | None, now: datetime, send: str) -> Code:
    """The item of a code; without one, an item like any other whose digest is of nothing that can be typed."""
    digest = rules.digest(conf.keys[0], flow=str(flow), address=address, code=code) if code else secrets.token_hex(32)
    return Code(
        key=flow.key(address),
        address=address,
        flow=str(flow),
        send=send,
        code_digest=digest,
        created_at=now,
        otp_expiry=now + timedelta(seconds=conf.lifetime),
    )


def _deliver(message: Any, budget: str, sends: list[int], code: Code, entry: Attempt) -> None:
    """Hand the message over. If that fails the send is taken back; if nobody knows, it stays as if it had left."""
    try:
        channel_of(code.address).deliver(message)
    except DeliveryUnknown as failure:
        Update(Attempt, entry.id, {"outcome": failure.code}).run()
        raise DeliveryUnknown(retry_after=_wait(sends)) from failure
    except DeliveryFailed as failure:
        left = _take_back(budget, sends, code, entry, failure.code)
        raise DeliveryFailed(retry_after=_wait(left)) from failure
    except Exception:
        _take_back(budget, sends, code, entry, Outcome.SERVER_ERROR)
        raise


def _take_back(budget: str, sends: list[int], code: Code, entry: Attempt, outcome: str) -> list[int]:
    """Undo a send whose message never left: its code, and its place in the budget. The sends that stay counted.

    A code that was guessed at is revoked instead, and its send keeps its place: what was used isn't given back. So is
    one after which the budget has moved on. What its quotas counted stays.
    """
    now, logged = timezone.now(), Update(Attempt, entry.id, {"outcome": outcome})
    change = budgets.changes(sends[:-1], new_id(now), now)
    unused = Q(send=code.send, attempts=0, status=Code.Status.PENDING)
    try:
        address = Update(Address, budget, change, when=Q(revision=code.send))
        transact(address=address, code=Delete(Code, code.key, when=unused), logged=logged)
    except TransactionRefused as refusal:
        revoked = {"status": Code.Status.REVOKED}
        with suppress(TransactionRefused):  # it was replaced, or this send never was written
            transact(Update(Code, code.key, revoked, when=Q(send=code.send, status=Code.Status.PENDING)), logged)
        if "address" not in refusal.failed:
            return sends
        old = refusal.failed["address"]
        return from_item(Address, old).sends if old else []
    return sends[:-1]


def _wait(sends: list[int]) -> int:
    """Seconds until it makes sense to ask again."""
    return max(budgets.seconds_to_wait(sends, timezone.now()), 1)


def _sent(sends: list[int], now: datetime) -> Sent:
    return Sent(
        expires_in=sends[-1] + conf.lifetime - int(now.timestamp()),
        retry_after=budgets.seconds_to_wait(sends, now),
    )
