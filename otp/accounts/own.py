"""What people can do with their own account."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils import timezone

from otp.dynamo.client import TransactionRefused
from otp.dynamo.operations import TRANSACTION, Check, Delete, Operation, Put, Update, transact
from otp.exceptions import Unavailable, translate_storage_errors
from otp.models import Account, LogEntry, Session, new_epoch
from otp.signin import membership
from otp.signin import sessions as signin_sessions

DELETED = "deleted"  # replaces the address in log entries of deleted accounts; no address looks like it
PAIRS = TRANSACTION // 2
ROUNDS = 10  # of ending the sessions that are there


class LastSuperuser(Exception):
    """The last superuser's account can't be deleted, because nobody could appoint another one."""


@translate_storage_errors()
def sign_out_everywhere(account: Account) -> None:
    """End every session of the account at once. Does nothing if the account is gone."""
    epoch = new_epoch()
    _write(
        Update(Account, account.pk, {"session_epoch": epoch}, when=Q(pk__isnull=False)),
        *(membership.copy_epoch(address, account.pk, epoch) for address in account.addresses),
    )


@translate_storage_errors()
def sessions(account: Account) -> list[Session]:
    """The valid sessions of the account, most recently used first."""
    return signin_sessions.valid_of(account, timezone.now())


@translate_storage_errors()
def end_session(account: Account, sid: str) -> None:
    """End one session of the account. No error if it has ended already."""
    Delete(Session, (account.pk, sid)).run()


@translate_storage_errors()
def end_client(account: Account, client: str) -> None:
    """End every session of an application that signs this account in, also those that begin meanwhile.

    Raises Unavailable if new ones keep beginning.
    """
    for _ in range(ROUNDS):
        found = list(Session.objects.filter(subject=account.pk, client=client))
        if not found:
            return
        for session in found:
            signin_sessions.end(session)
    raise Unavailable


@translate_storage_errors()
def end_other_sessions(account: Account) -> None:
    """End every session of the account but its own `session` at once. Other browsers are no longer known either.

    The account and this session get a new epoch. Deleting the others one by one would miss sessions that begin
    meanwhile. Raises Unavailable if the account or the session changed since they were read.
    """
    unchanged, epoch = Q(pk__isnull=False, session_epoch=account.session_epoch), new_epoch()
    _write(
        Update(Account, account.pk, {"session_epoch": epoch}, when=unchanged),
        Update(Session, account.session.pk, {"epoch": epoch}, when=Q(epoch=account.session_epoch)),
        *(membership.copy_epoch(address, account.pk, epoch) for address in account.addresses),
    )
    account.session_epoch = account.session.epoch = epoch


@translate_storage_errors()
def delete(account: Account) -> None:
    """Delete the account and its sessions, and remove the person from its log entries. Known browsers are forgotten.

    Its addresses can sign up again. Their budgets stay until they expire: otherwise strangers could see that the
    account is gone, and would get more guesses. The audit log stays. The account is deleted last, so that a deletion
    that failed can be repeated. Raises LastSuperuser.
    """
    another = list(_another_superuser(account))
    for session in Session.objects.filter(subject=account.pk):  # first, as their browsers could add to the log
        if not account.session or session.pk != account.session.pk:
            signin_sessions.end(session)
    for address in account.addresses:
        _forget_in_log(address, whose=(account.subject, None))
    for address in account.former:
        _forget_in_log(address, whose=(account.subject,))
    now, role = timezone.now(), Q(role=account.role) if account.role else Q(role__isnull=True)
    _write(
        Delete(Account, account.pk, when=role & Q(pk__isnull=False)),
        *(membership.leave(address, account.pk, now) for address in account.addresses),
        *([Delete(Session, account.session.pk)] if account.session else []),
        *another,
    )


def _forget_in_log(address: str, *, whose: tuple[str | None, ...]) -> None:
    """Replace the log entries of these accounts by entries without address, account and user agent.

    None in `whose` stands for entries without an account. Each entry is replaced in one transaction, so none is lost.
    """
    entries = LogEntry.objects.filter(address=address).order_by("entry_id")
    own = [entry for entry in entries if entry.account in whose]
    for start in range(0, len(own), PAIRS):
        swaps: list[Operation] = []
        for entry in own[start : start + PAIRS]:
            swaps.append(Delete(LogEntry, entry.pk))
            entry.address, entry.account, entry.user_agent = DELETED, None, ""
            swaps.append(Put(entry))
        transact(*swaps)


def _another_superuser(account: Account) -> Iterator[Check]:
    """For the deletion of a superuser: a check that another one remains, even if both delete at the same moment."""
    if account.role != Account.Role.SUPERUSER:
        return
    superusers = Account.objects.filter(role=Account.Role.SUPERUSER).order_by("created_at")
    others = (each for each in superusers if each.is_superuser and each.pk != account.pk)
    if not (other := next(others, None)):
        raise LastSuperuser
    yield Check(Account, other.pk, Q(is_active=True, role=Account.Role.SUPERUSER))


def _write(change: Operation, *others: Operation) -> None:
    """Write all of it, or nothing if the account is gone. Raises Unavailable if it was changed since it was read."""
    try:
        transact(change, *others)
    except TransactionRefused as refusal:
        if refusal.failed.get(0, change) is not None:
            raise Unavailable from refusal
