"""What staff can do with codes, budgets and accounts of others.

Each action is one transaction: the change, if it still has an effect; an entry in the audit log; and a check that the
actor is active and has the permission at that moment. So two superusers can't remove each other.
"""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from otp.clock import DAY, seconds
from otp.delivery import email
from otp.dynamo.operations import Check, Delete, Operation, Put, Update, get, transact
from otp.exceptions import DeliveryFailed, translate_storage_errors
from otp.models import (
    Account,
    Address,
    Block,
    Code,
    LogEntry,
    Session,
    Suppression,
    new_epoch,
    new_id,
)
from otp.signin import budgets, membership

from .acting import CHANGED, GONE, Refused, Why, act, entry_of

NO_ROLE = Q(role__isnull=True)


@translate_storage_errors()
def revoke(key: str, *, by: Account) -> None:
    """Revoke a code that could still be used. An attempt that is in progress fails too."""
    pending = Q(status=Code.Status.PENDING, code_digest__isnull=False)
    change = Update(Code, key, {"status": Code.Status.REVOKED}, when=pending)
    act("revoke", change, by, otherwise=_ended)


@translate_storage_errors()
def unlock(address: str, *, by: Account) -> None:
    """Clear the budget of an address, so that codes can be sent at once. It allows a day's guesses anew."""
    now = timezone.now()
    counted = Q(pk__isnull=False) & ~Q(sends=[])
    change = Update(Address, address, budgets.changes([], new_id(now), now), when=counted)
    act("unlock", change, by, otherwise="Its budget is unused.")


@translate_storage_errors()
def lift_suppression(address: str, *, by: Account | None) -> None:
    """Lift the suppression of an address, here and in SES. `by` None: on the command line.

    Raises Refused if it was lifted here but not in SES. SES then rejects the next mail and reports a bounce, so the
    address is suppressed again, and can be lifted again.
    """
    act("lift", Delete(Suppression, address, when=Q(pk__isnull=False)), by, otherwise="It isn't suppressed.")
    try:
        email.remove_from_suppression_list(address)
    except DeliveryFailed as failure:
        raise Refused("Lifted here, but not in SES, which may withhold mail. See the log") from failure


@translate_storage_errors()
def block(key: str, *, by: Account, seconds_: int, own: str) -> None:
    """Block the network of a log entry for some seconds from now: it is sent no codes. A new block replaces an old one.

    `own` is the actor's own network, which can't be blocked. Attempts aren't blocked: they don't read blocks, and a
    network that gets no codes can only guess at those that others have requested, six times each.
    """
    if (entry := get(LogEntry, key)) is None:
        raise Refused(GONE)
    if entry.ip_hash == own:
        raise Refused("It is your own network.")
    now = timezone.now()
    changes = {"until": now + seconds(seconds_), "created_at": now, "shard": Block._meta.get_field("shard").choose({})}
    act("block", Update(Block, entry.ip_hash, changes), by, name=entry.network, otherwise=CHANGED)


@translate_storage_errors()
def unblock(ip_hash: str, *, by: Account) -> None:
    """Lift the block of a network."""
    there = Q(pk__isnull=False)
    act("unblock", Delete(Block, ip_hash, when=there), by, name=ip_hash[:8], otherwise="It isn't blocked.")


@translate_storage_errors()
def sign_out_everywhere(subject: str, *, by: Account) -> None:
    """End every session of an account."""
    _act_on_account("sign_out", subject, {"session_epoch": new_epoch()}, Q(pk__isnull=False), by, CHANGED)


@translate_storage_errors()
def end_session(key: str, *, by: Account) -> None:
    """End one session. The audit entry is in the history of its account, because the session is deleted."""
    if (session := get(Session, key)) is None:
        raise Refused(GONE)
    there = Q(pk__isnull=False)
    _act_on_account("end_session", session.subject, {}, there, by, CHANGED, Delete(Session, key, when=there))


@translate_storage_errors()
def allow_move(subject: str, *, by: Account) -> None:
    """Let somebody replace an address that bounces without a code sent there: once, within a day."""
    account = get(Account, subject)
    if account and not any(get(Suppression, address) for address in account.addresses):
        raise Refused("Mail to it doesn't come back, so it can be sent a code.")
    changes = {"move_until": timezone.now() + seconds(DAY)}
    _act_on_account("allow_move", subject, changes, Q(is_active=True), by, "It is deactivated.")


@translate_storage_errors()
def deactivate(subject: str, *, by: Account) -> None:
    """End every session of an account, and refuse new ones."""
    changes = {"is_active": False, "session_epoch": new_epoch()}
    _act_on_account("deactivate", subject, changes, Q(is_active=True), by, "It was deactivated already.")


@translate_storage_errors()
def reactivate(subject: str, *, by: Account) -> None:
    """Let an account sign in again."""
    _act_on_account("reactivate", subject, {"is_active": True}, Q(is_active=False), by, "It is active.")


@translate_storage_errors()
def appoint(subject: str, *, by: Account) -> None:
    """Make an account staff."""
    other = Q(pk__isnull=False) & (NO_ROLE | Q(role=Account.Role.VIEWER))
    _change("make_staff", subject, {"role": Account.Role.STAFF}, other, by, "It is staff already.", verb="appoint")


@translate_storage_errors()
def dismiss(subject: str, *, by: Account | None = None) -> None:
    """Remove an account's role. The command line may remove the last superuser's too."""
    _change("remove_staff", subject, {"role": None}, Q(role__isnull=False), by, "It has no role.", verb="appoint")


@translate_storage_errors()
def dismiss_by_command(address: str) -> None:
    """Remove the role of the account with this address."""
    account = membership.account_at(address)
    if account is None:
        raise Refused("It has no role.")
    dismiss(account.pk)


@translate_storage_errors()
def appoint_by_command(address: str, role: str) -> str:
    """Give the account of an address a role, and create it if there is none. Returns its subject."""
    now, record = timezone.now(), get(Address, address)
    pointer = membership.pointer(record)
    subject, epoch = pointer["account"], pointer["epoch"]
    change = Update(Account, subject, {**Account.initial_values(address, epoch, now), "role": role})
    entry = entry_of(f"make_{role}", change, None, address, now)
    transact(change, membership.assign(record, address, subject, epoch, now), Put(entry))
    return subject


def staff_accounts() -> list[Account]:
    """All accounts with a role, oldest first."""
    return list(Account.objects.filter(role__in=Account.Role.values).order_by("created_at"))


def _act_on_account(
    action: str, subject: str, changes: dict[str, Any], when: Q, by: Account, otherwise: str, *also: Operation
) -> None:
    """Act on an account. If it has a role, only a superuser may."""
    verb = "appoint" if by.is_superuser else "act"
    allowed = when if by.is_superuser else when & NO_ROLE

    def why(account: Account | None) -> str:
        if account is None:
            return GONE
        return otherwise if by.is_superuser or account.role is None else "It has a role, so only superusers may."

    _change(action, subject, changes, allowed, by, why, *also, verb=verb)


def _ended(code: Code | None) -> str:
    """Why a code can't be revoked."""
    if code is None:
        return GONE
    return {Code.Status.VERIFIED: "It was used.", Code.Status.REVOKED: "It was revoked already."}.get(code.status, GONE)


def _change(
    action: str,
    subject: str,
    changes: dict[str, Any],
    when: Q,
    by: Account | None,
    otherwise: Why,
    *also: Operation,
    verb: str,
) -> None:
    """Change an account, or what is written with it, and the copies of its epoch in its addresses."""
    if by and by.pk == subject:
        raise Refused("You can't do that to your own account here. Use your account page, or ask a superuser.")
    account = get(Account, subject)
    if account is None:
        raise Refused(GONE)
    epoch = changes.get("session_epoch")
    copies = [membership.copy_epoch(address, subject, epoch) for address in account.addresses] if epoch else []
    change = Update(Account, subject, changes, when=when) if changes else Check(Account, subject, when)
    act(action, change, by, *also, *copies, name=account.address, verb=verb, otherwise=otherwise)
