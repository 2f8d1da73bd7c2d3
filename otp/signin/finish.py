"""Sign in after a correct code: code, account, session and log entry are written in one transaction."""

from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q
from django.db.utils import OperationalError

from otp.dynamo.client import ConditionFailed, TransactionRefused
from otp.dynamo.expressions import Add
from otp.dynamo.operations import Operation, Put, Update, from_item, transact
from otp.exceptions import AccountInactive, CodeNotFound, Unavailable
from otp.models import Account, Code, LogEntry, Session

from . import attempts, membership, sessions
from .callers import Caller

ROUNDS = 3  # how many times it is tried if the account isn't as the code says, such as after signing out everywhere


class State(NamedTuple):
    """The account as the transaction expects it to be, so that nothing has to be read before."""

    epoch: str
    is_first: bool  # nobody has signed in to it yet
    role: str | None = None


def finish(code: Code, request_key: str, kind: str, entry: LogEntry, caller: Caller, now: datetime) -> Account:
    """Sign in with a code that was guessed correctly. Returns the account, with its new `session` as an attribute.

    Nothing is read, so only the account's `subject`, `session_epoch` and `role` are loaded; its other fields are
    deferred. The request that used the code gets the same session again as long as that is valid.
    Raises AccountInactive, CodeNotFound, Unavailable.
    """
    sid = sessions.id_of(request_key)
    if code.status == Code.Status.VERIFIED:
        return _repeated(code, sid, now)
    state = State(code.epoch, is_first=code.may_create)
    try:
        for _ in range(ROUNDS):
            session = sessions.new(code.account, state.epoch, code.address, sid, kind, caller, now)
            try:
                transact(**_writes(code, session, entry, now, state))
            except TransactionRefused as refusal:
                if "code" in refusal.failed:
                    old = refusal.failed["code"]
                    return _repeated(from_item(Code, old) if old else None, sid, now)
                state = _state_now(refusal, code, sid)
            else:
                return _known(session, state)
    except OperationalError:
        attempts.give_back(code, request_key)
        raise
    attempts.give_back(code, request_key)
    raise Unavailable


def _writes(code: Code, session: Session, entry: LogEntry, now: datetime, state: State) -> dict[str, Operation]:
    holds = Q(is_active=True, session_epoch=state.epoch, addresses__contains=code.address)
    holds &= Q(signed_in_at__isnull=state.is_first) & (Q(role=state.role) if state.role else Q(role__isnull=True))
    changes: dict[str, Any] = {"signed_in_at": now}
    join: dict[str, Operation] = {}
    if code.may_create:
        changes |= Account.initial_values(code.address, session.epoch, now)
        holds |= Q(pk__isnull=True)
        join = {"address": membership.join(code.address, code.account, now)}
    return {
        "code": _used(code, session.sid),
        "account": Update(Account, code.account, changes, when=holds),
        "session": Put(session),
        "entry": Put(entry),
        **join,
    }


def _used(code: Code, sid: str) -> Update:
    """Mark the code as used. Its attempt is uncounted, or a stranger's next attempt would show that it was made."""
    changes = {"status": Code.Status.VERIFIED, "sid": sid, "attempts": Add(-1)}
    return Update(Code, code.pk, changes, when=Q(status=Code.Status.PENDING, send=code.send))


def _state_now(refusal: TransactionRefused, code: Code, sid: str) -> State:
    """The state of the account, if the code may still sign in to it. Otherwise use up the code and raise.

    Its epoch has changed, it has a role, or it was imported or made by staff and nobody has signed in to it yet.
    """
    old = refusal.failed.get("account")
    account = from_item(Account, old) if old else None
    if account and account.is_active and code.address in account.addresses and "address" not in refusal.failed:
        return State(account.session_epoch, account.signed_in_at is None, account.role)
    with suppress(ConditionFailed):
        _used(code, sid).run()
    raise CodeNotFound if account is None or account.is_active else AccountInactive


def _repeated(code: Code | None, sid: str, now: datetime) -> Account:
    """The session that a used code opened, for the request that used it. Raises CodeNotFound for any other.

    Once the session's refresh token was used, its response has arrived, and only a copy of the request can come again.
    """
    if code is None or code.sid != sid:
        raise CodeNotFound
    session, account = sessions.read((code.account, sid))
    if account and not account.is_active:
        raise AccountInactive
    result = sessions.if_valid(account, session, now)
    if result is None or result.session.refreshes:
        raise CodeNotFound
    return result


def _known(session: Session, state: State) -> Account:
    """The account of a new session, with all other fields deferred."""
    names = ("subject", "role", "session_epoch")  # in the order of the model's fields
    account = Account.from_db("default", names, (session.subject, state.role, state.epoch))
    account.session, account.has_returned = session, not state.is_first
    return account
