"""Send a code: one read, one transaction, the message, and its log entry.

Errors of the caller and failures of AWS are raised as OTPErrors. Anything else, such as a bug, is raised as it is once
the send has been undone.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
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
from otp.models import Address, Code, LogEntry, is_of_request, new_id
from otp.outcomes import WITHHELD, Outcome

from . import budgets, log, membership, signup
from .budgets import Snapshot
from .callers import Caller
from .codes import message_of, new_code
from .devices import Device
from .flows import Flow

ROUNDS = 10  # how many times a send is decided if parallel sends change the budget
RUNNING = 10  # seconds: the longest that a request can run, which is the timeout of the Lambda function
MAX_MESSAGES = 2  # per code: a second one if it is unknown whether the first was sent


@dataclass(frozen=True)
class Sent:
    """The result of a send: seconds until the code expires, and until the next one may be requested.

    `outcome` is the one in the log, which must not be revealed to the caller.
    """

    expires_in: int
    retry_after: int
    outcome: str = field(repr=False)


@signals.announced(Outcome.SENT, signals.sent)
@translate_storage_errors()
def send_code(
    *, address: str, flow: Flow, caller: Caller, request_id: str | None = None, device: Device | None = None
) -> Sent:
    """Send a new code to a canonical address.

    A request with the same `request_id` gets the first result while its code is valid.
    The send counts against the address's budget or, if `device` is known to the account, against the device's.

    A code is withheld from an address that has no account and may not sign up, or that is suppressed: the work and the
    result are the same, but the message goes to a simulator, and no guess matches the code. Only the log says so.
    Raises a subclass of TooManySends, DeliveryFailed, DeliveryUnknown, Unavailable.
    """
    now = timezone.now()
    request_key = flow.request_key(request_id, "send", address)
    entry = log.entry(Outcome.SENT, address=address, flow=flow, caller=caller, now=now, request_key=request_key)
    snapshot = budgets.read(address, caller, now, device)
    # An address without an account gets a random subject here, so that its entries look like any other.
    entry.account = flow.subject or membership.pointer(snapshot.shared)["account"]
    entry.outcome = signup.outcome_of_send(address, snapshot.shared, snapshot.suppression, now, flow.subject)
    withheld = entry.outcome in WITHHELD
    try:
        if result := _repeated(snapshot, flow.key(address), request_key, withheld, entry, now):
            return result
        code = new_code(address, flow, withheld, now, entry.entry_id)
        message = message_of(code, withheld, entry.user_agent, now)
        sends = _reserve(snapshot, code, request_key, entry, now)
    except TooManySends as refusal:
        entry.entry_id, entry.outcome = new_id(now), refusal.outcome or refusal.code
        log.write_refusal(entry, caller)
        raise
    _deliver(message, snapshot.budget_key, sends, code, entry)
    return _sent(sends, entry, now)


def _reserve(snapshot: Snapshot, code: Code, request_key: str, entry: LogEntry, now: datetime) -> list[int]:
    """Write the code, the budget and the quotas in one transaction. Returns the address's sends, including this one.

    The condition is that the budget is unchanged, so of parallel sends one wins. The others are decided again from
    the item that DynamoDB returns with the failed condition; with the default windows they are refused then.
    Raises a subclass of TooManySends, DeliveryUnknown if the winner was the same request, or Unavailable.
    """
    record = snapshot.record
    for _ in range(ROUNDS):
        if record is not snapshot.record and record and is_of_request(record.last_write, request_key):
            raise DeliveryUnknown(retry_after=RUNNING)
        budgets.refuse(record, snapshot, now)
        sends = rules.sends_after(record.sends if record else [], int(now.timestamp()), conf.send_windows)
        is_shared = snapshot.budget_key == code.address
        pointer = membership.bind(code, record if is_shared else snapshot.shared)
        entry.account = code.account
        address = budgets.write(
            snapshot.budget_key, sends, code.send, now, read=record, **(pointer if is_shared else {})
        )
        try:
            transact(address=address, code=Put(code), **snapshot.increments)
        except TransactionRefused as refusal:
            if "address" not in refusal.failed:
                raise snapshot.used_up(refusal, now) from refusal
            old = refusal.failed["address"]
            record = from_item(Address, old) if old else None
        except OperationalError as failure:
            # It may have been written. Undo it: no message will follow, so the code and the wait must not remain.
            left = sends
            with suppress(OperationalError):
                left = _undo(snapshot.budget_key, sends, code, entry, Outcome.UNAVAILABLE)
            raise Unavailable(retry_after=_wait(left)) from failure
        else:
            return sends
    raise Unavailable


def _deliver(message: Any, budget: str, sends: list[int], code: Code, entry: LogEntry) -> None:
    """Deliver the message and log it. If delivery fails, undo the send; if its outcome is unknown, keep it."""
    try:
        entry.message_id = channel_of(code.address).deliver(message)
    except DeliveryUnknown as failure:
        entry.outcome, entry.error = failure.code, failure.reason
        log.write(entry)
        raise DeliveryUnknown(retry_after=_wait(sends)) from failure
    except DeliveryFailed as failure:
        entry.error = failure.reason
        left = _undo(budget, sends, code, entry, failure.code)
        raise DeliveryFailed(retry_after=_wait(left)) from failure
    except Exception as failure:
        entry.error = type(failure).__name__
        _undo(budget, sends, code, entry, Outcome.SERVER_ERROR)
        raise
    log.write(entry)


def _undo(budget: str, sends: list[int], code: Code, entry: LogEntry, outcome: str) -> list[int]:
    """Undo a send whose message wasn't sent: delete its code, and remove it from the budget.

    Returns the sends that still count.

    If there was an attempt at the code, or a later send, the code is revoked instead and the send stays counted:
    otherwise failing deliveries would allow more attempts. The quotas keep their counts.
    """
    now, entry.outcome = timezone.now(), outcome
    change = budgets.changes(sends[:-1], new_id(now), now)
    unused = Q(send=code.send, attempts=0, status=Code.Status.PENDING)
    try:
        address = Update(Address, budget, change, when=Q(last_write=code.send))
        transact(address=address, code=Delete(Code, code.key, when=unused), entry=Put(entry))
    except TransactionRefused as refusal:
        revoked = {"status": Code.Status.REVOKED}
        with suppress(TransactionRefused):  # the code was replaced, or never written
            ours = Q(send=code.send, status=Code.Status.PENDING)
            transact(Update(Code, code.key, revoked, when=ours), Put(entry))
        if "address" not in refusal.failed:
            return sends
        old = refusal.failed["address"]
        return from_item(Address, old).sends if old else []
    return sends[:-1]


# -- the same request again ------------------------------------------------------------------------


def _repeated(
    snapshot: Snapshot, key: str, request_key: str, withheld: bool, entry: LogEntry, now: datetime
) -> Sent | None:
    """The result for a request that repeats the last send, as long as its code is valid. None if it is a new send.

    If the log says that the message was sent, nothing is sent. Without a log entry the first request is still running,
    or it was interrupted: in that case the code is sent once more, unless a new one may be sent already.
    Raises DeliveryUnknown while the outcome of the first request is unknown.
    """
    record = snapshot.record
    if not (record and record.last_write and is_of_request(record.last_write, request_key)):
        return None
    logged, code = batch_get((LogEntry, (entry.address, record.last_write)), (Code, key))
    if not code or code.send != record.last_write or code.has_expired(now):
        return None
    if logged and logged.outcome in (Outcome.SENT, *WITHHELD):
        return _sent(record.sends, logged, now)
    running = RUNNING - int((now - code.created_at).total_seconds())
    if not logged and running > 0:
        raise DeliveryUnknown(retry_after=running)
    wait = budgets.seconds_to_wait(record.sends, now)
    if not wait or code.status != Code.Status.PENDING:
        return None
    if code.mails >= MAX_MESSAGES:
        raise DeliveryUnknown(retry_after=wait)
    entry.entry_id = code.send
    if logged:
        entry.created_at = logged.created_at  # the figures may have counted the entry at that time
    _send_once_more(message_of(code, withheld, entry.user_agent, now), code, snapshot, entry, wait)
    return _sent(record.sends, entry, now)


def _send_once_more(message: Any, code: Code, snapshot: Snapshot, entry: LogEntry, wait: int) -> None:
    """Send a message that may have been sent before. Only one of parallel requests does, and uses up quota."""
    first = Q(send=code.send, mails=code.mails, status=Code.Status.PENDING)
    try:
        transact(code=Update(Code, code.key, {"mails": Add(1)}, when=first), **snapshot.increments)
    except TransactionRefused as refusal:
        if "code" in refusal.failed:
            raise DeliveryUnknown(retry_after=min(wait, RUNNING)) from refusal
        raise snapshot.used_up(refusal, timezone.now()) from refusal
    try:
        entry.message_id = channel_of(code.address).deliver(message)
    except DeliveryFailed as failure:  # the first message may have been sent
        entry.outcome, entry.error = DeliveryUnknown.code, failure.reason
        log.write(entry)
        raise DeliveryUnknown(retry_after=wait) from failure
    log.write(entry)


def _wait(sends: list[int]) -> int:
    """Seconds until another code may be requested, at least 1."""
    return max(budgets.seconds_to_wait(sends, timezone.now()), 1)


def _sent(sends: list[int], entry: LogEntry, now: datetime) -> Sent:
    return Sent(
        expires_in=sends[-1] + conf.lifetime - int(now.timestamp()),
        retry_after=budgets.seconds_to_wait(sends, now),
        outcome=entry.outcome,
    )
