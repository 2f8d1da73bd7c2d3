"""Send a code: one read and one transaction, then the message, then its line in the log.

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
from otp.dynamo.expressions import Add
from otp.dynamo.operations import Delete, Put, Update, batch_get, from_item, transact
from otp.exceptions import DeliveryFailed, DeliveryUnknown, TooManySends, Unavailable, translate_storage_errors
from otp.models import Address, Attempt, Code, is_of_request, new_id
from otp.outcomes import Outcome

from . import budgets, log, membership, signup
from .budgets import Standing
from .callers import Caller
from .devices import Device
from .flows import Flow

ROUNDS = 10  # of a send that is decided again, as a parallel one has won
RUNNING = 10  # seconds after which a request has ended, one way or another: a Lambda function is given no more
MAILS = 2  # that one code may be sent in, when nobody knows of the first whether it left


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
    """Send a new code to a canonical address. The same `request_id` again sends none, and is answered the same.

    It is counted against the budget that everybody shares; or against that of a `device` of the account's own.

    An address that may have none (no account while sign-up is closed to it, or mail to it came back) costs the same
    work and gets the same answer; but its message goes to nobody, and no guess matches its code.
    Raises TooManySends (one of its kinds), DeliveryFailed, Unavailable.
    """
    now = timezone.now()
    request = flow.request_key(request_id, "send", address)
    entry = log.entry(Outcome.SENT, address=address, flow=flow, caller=caller, now=now, request=request)
    found = budgets.read(address, caller, now, device)
    entry.account = membership.pointer(found.shared)["account"]
    welcome = signup.welcome(address, found.shared, found.suppression)
    try:
        if answer := _repeated(found, flow.key(address), request, welcome, entry, now):
            return answer
        code = _new_code(address, flow, welcome, now, entry.entry_id)
        message = _message(code, welcome, entry.user_agent, now)
        sends = _reserve(found, code, request, entry, now)
    except TooManySends as refusal:
        entry.entry_id, entry.outcome = new_id(now), refusal.code
        log.write_refusal(entry, caller)
        raise
    _deliver(message, found.budget, sends, code, entry)
    return _sent(sends, now)


def _new_code(address: str, flow: Flow, welcome: bool, now: datetime, send: str) -> Code:
    """The item of a code; of who isn't welcome, one like any other whose digest is of nothing that can be typed."""
    seed = rules.new_seed()
    _, digest = _from_seed(seed, str(flow), address)
    return Code(
        key=flow.key(address),
        address=address,
        flow=str(flow),
        send=send,
        may_create=welcome,
        seed=seed,
        code_digest=digest if welcome else secrets.token_hex(32),
        created_at=now,
        otp_expiry=now + timedelta(seconds=conf.lifetime),
    )


def _from_seed(seed: str, flow: str, address: str) -> tuple[str, str]:
    """The digits of a code and their digest: the same ones each time, as long as the key is the first."""
    text = rules.code_of(conf.keys[0], seed)
    return text, rules.digest(conf.keys[0], flow=flow, address=address, code=text)


def _message(code: Code, welcome: bool, user_agent: str, now: datetime) -> Any:
    """The message that brings a code, which is made again from its seed; to nobody, if the item's digest isn't its."""
    text, digest = _from_seed(code.seed, code.flow, code.address)
    channel = channel_of(code.address)
    receiver = code.address if welcome and digest == code.code_digest else channel.nobody()
    left = int((code.otp_expiry - now).total_seconds())
    return channel.compose(receiver, text, lifetime=left, asked_at=code.created_at, user_agent=user_agent)


def _reserve(found: Standing, code: Code, request: str, entry: Attempt, now: datetime) -> list[int]:
    """Write everything about a send but its message and its line in the log. The address's sends, this one included.

    The record is written on condition that it is unchanged, so of parallel sends one wins; the others are decided
    again from what the winner left, which DynamoDB hands over with the refusal. Raises DeliveryUnknown where that was
    the same request; and Unavailable when it doesn't end: by the default windows, losing once is enough to be refused.
    """
    record = found.record
    for _ in range(ROUNDS):
        if record is not found.record and record and is_of_request(record.revision, request):
            raise DeliveryUnknown(retry_after=RUNNING)
        budgets.refuse(record, found.counted, now)
        sends = rules.sends_after(record.sends if record else [], int(now.timestamp()), conf.send_windows)
        is_shared = found.budget == code.address
        pointer = membership.bind(code, record if is_shared else found.shared)
        entry.account = code.account
        address = budgets.write(found.budget, sends, code.send, now, read=record, **(pointer if is_shared else {}))
        try:
            transact(address=address, code=Put(code), **found.counts)
        except TransactionRefused as refusal:
            if "address" not in refusal.failed:
                raise found.used_up(refusal, now) from refusal
            old = refusal.failed["address"]
            record = from_item(Address, old) if old else None
        except OperationalError as failure:
            # Nobody knows whether it was written: if so, neither code nor cooldown may stay, as no mail will follow.
            left = sends
            with suppress(OperationalError):
                left = _take_back(found.budget, sends, code, entry, Outcome.UNAVAILABLE)
            raise Unavailable(retry_after=_wait(left)) from failure
        else:
            return sends
    raise Unavailable


def _deliver(message: Any, budget: str, sends: list[int], code: Code, entry: Attempt) -> None:
    """Hand the message over, and log it. If that fails the send is taken back; if nobody knows, it stays counted."""
    try:
        channel_of(code.address).deliver(message)
    except DeliveryUnknown as failure:
        entry.outcome = failure.code
        log.write(entry)
        raise DeliveryUnknown(retry_after=_wait(sends)) from failure
    except DeliveryFailed as failure:
        left = _take_back(budget, sends, code, entry, failure.code)
        raise DeliveryFailed(retry_after=_wait(left)) from failure
    except Exception:
        _take_back(budget, sends, code, entry, Outcome.SERVER_ERROR)
        raise
    log.write(entry)


def _take_back(budget: str, sends: list[int], code: Code, entry: Attempt, outcome: str) -> list[int]:
    """Undo a send whose message never left: its code, and its place in the budget. The sends that stay counted.

    A code that was guessed at is revoked instead, and its send keeps its place: what was used isn't given back. So is
    one after which the budget has moved on. What its quotas counted stays.
    """
    now, entry.outcome = timezone.now(), outcome
    change = budgets.changes(sends[:-1], new_id(now), now)
    unused = Q(send=code.send, attempts=0, status=Code.Status.PENDING)
    try:
        address = Update(Address, budget, change, when=Q(revision=code.send))
        transact(address=address, code=Delete(Code, code.key, when=unused), entry=Put(entry))
    except TransactionRefused as refusal:
        revoked = {"status": Code.Status.REVOKED}
        with suppress(TransactionRefused):  # it was replaced, or this send never was written
            ours = Q(send=code.send, status=Code.Status.PENDING)
            transact(Update(Code, code.key, revoked, when=ours), Put(entry))
        if "address" not in refusal.failed:
            return sends
        old = refusal.failed["address"]
        return from_item(Address, old).sends if old else []
    return sends[:-1]


# -- the same request again ------------------------------------------------------------------------


def _repeated(found: Standing, key: str, request: str, welcome: bool, entry: Attempt, now: datetime) -> Sent | None:
    """What a request is answered that repeats the last send, while its code holds; None for one that is a new send.

    What the log says was handed over isn't sent again. Where the log says nothing, the first request may still be at
    it, or it has ended before it could say: then its code is sent once more, if a new one may not be sent yet.
    Raises DeliveryUnknown while nobody knows.
    """
    record = found.record
    if not (record and record.revision and is_of_request(record.revision, request)):
        return None
    logged, code = batch_get((Attempt, (entry.address, record.revision)), (Code, key))
    if not code or code.send != record.revision or code.otp_expiry <= now:
        return None
    if logged and logged.outcome == Outcome.SENT:
        return _sent(record.sends, now)
    running = RUNNING - int((now - code.created_at).total_seconds())
    if not logged and running > 0:
        raise DeliveryUnknown(retry_after=running)
    wait = budgets.seconds_to_wait(record.sends, now)
    if not wait or code.status != Code.Status.PENDING:
        return None
    if code.mails >= MAILS:
        raise DeliveryUnknown(retry_after=wait)
    entry.entry_id = code.send
    if logged:
        entry.created_at = logged.created_at  # its place in the log, where it may have been counted
    _send_once_more(_message(code, welcome, entry.user_agent, now), code, found, entry, wait)
    return _sent(record.sends, now)


def _send_once_more(message: Any, code: Code, found: Standing, entry: Attempt, wait: int) -> None:
    """Hand over a message that may have left before; of parallel requests one does, and it counts against quotas."""
    first = Q(send=code.send, mails=code.mails, status=Code.Status.PENDING)
    try:
        transact(code=Update(Code, code.key, {"mails": Add(1)}, when=first), **found.counts)
    except TransactionRefused as refusal:
        if "code" in refusal.failed:
            raise DeliveryUnknown(retry_after=min(wait, RUNNING)) from refusal
        raise found.used_up(refusal, timezone.now()) from refusal
    try:
        channel_of(code.address).deliver(message)
    except DeliveryFailed as failure:  # but the first may have left
        entry.outcome = DeliveryUnknown.code
        log.write(entry)
        raise DeliveryUnknown(retry_after=wait) from failure
    log.write(entry)


def _wait(sends: list[int]) -> int:
    """Seconds until it makes sense to ask for another."""
    return max(budgets.seconds_to_wait(sends, timezone.now()), 1)


def _sent(sends: list[int], now: datetime) -> Sent:
    return Sent(
        expires_in=sends[-1] + conf.lifetime - int(now.timestamp()),
        retry_after=budgets.seconds_to_wait(sends, now),
    )
