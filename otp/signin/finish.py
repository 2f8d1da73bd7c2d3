"""What a right code opens: account, session and log entry in one transaction, or nothing of it."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.utils import OperationalError

from otp.dynamo.client import ConditionFailed, TransactionRefused
from otp.dynamo.expressions import Add
from otp.dynamo.operations import Operation, Put, Update, from_item, transact
from otp.exceptions import AccountInactive, CodeNotFound, Unavailable
from otp.models import Account, Attempt, Code, Session

from . import membership, sessions, tries
from .callers import Caller

ROUNDS = 3  # of a finish that is tried again, as every session was ended since the code was sent


def finish(code: Code, request: str, kind: str, entry: Attempt, caller: Caller, now: datetime) -> Account:
    """Sign in with a code that was guessed right: the account, with its new `session`.

    Nothing is read for it, so of the account only `subject` and `session_epoch` are known; what else is asked of it is
    fetched then. The request that used the code gets the same session again while that holds.
    Raises AccountInactive, CodeNotFound, Unavailable.
    """
    sid = sessions.id_of(request)
    if code.status == Code.Status.VERIFIED:
        return _repeated(code, sid, now)
    epoch = code.epoch
    try:
        for _ in range(ROUNDS):
            session = sessions.new(code.account, epoch, code.address, sid, kind, caller, now)
            try:
                transact(**_writes(code, session, entry, now))
            except TransactionRefused as refusal:
                if "code" in refusal.failed:
                    old = refusal.failed["code"]
                    return _repeated(from_item(Code, old) if old else None, sid, now)
                epoch = _other_epoch(refusal, code, sid)
            else:
                return _known(session)
    except OperationalError:
        tries.give_back(code, request)
        raise
    tries.give_back(code, request)
    raise Unavailable


def _writes(code: Code, session: Session, entry: Attempt, now: datetime) -> dict[str, Operation]:
    holds = Q(is_active=True, session_epoch=session.epoch, addresses__contains=code.address)
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
    """A code works once. The try that used it is given back, or the next wrong one would tell a stranger of it."""
    changes = {"status": Code.Status.VERIFIED, "sid": sid, "attempts": Add(-1)}
    return Update(Code, code.pk, changes, when=Q(status=Code.Status.PENDING, send=code.send))


def _other_epoch(refusal: TransactionRefused, code: Code, sid: str) -> str:
    """The account's epoch, if that is all that had changed since the code was sent. Else the code opens nothing."""
    old = refusal.failed.get("account")
    account = from_item(Account, old) if old else None
    if account and account.is_active and code.address in account.addresses and "address" not in refusal.failed:
        return account.session_epoch
    with suppress(ConditionFailed):
        _used(code, sid).run()
    raise CodeNotFound if account is None or account.is_active else AccountInactive


def _repeated(code: Code | None, sid: str, now: datetime) -> Account:
    """The session of a code that is used up, for the request that used it."""
    if code is None or code.sid != sid:
        raise CodeNotFound
    session, account = sessions.read((code.account, sid))
    if account and not account.is_active:
        raise AccountInactive
    if (found := sessions.standing(account, session, now)) is None:
        raise CodeNotFound
    return found


def _known(session: Session) -> Account:
    """The account of a session that has just been opened, its other fields deferred."""
    names = ("subject", "session_epoch")
    account = Account.from_db("default", names, (session.subject, session.epoch))
    account.session = session
    return account
