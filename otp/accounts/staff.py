"""What staff do to the codes, budgets and accounts of others.

Each is one transaction: the change, on condition that it still means something; its entry in the audit log; and a check
that whoever does it is active and may, at that very moment. So no two superusers can remove each other and leave none.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from otp.dynamo.client import TransactionRefused
from otp.dynamo.operations import Check, Delete, Put, Update, transact
from otp.exceptions import translate_storage_errors
from otp.models import Account, Address, AuditEntry, Code, Suppression, new_epoch, new_id
from otp.signin import budgets

COMMAND_LINE = "manage.py"
NO_ROLE = Q(role__isnull=True)


class Refused(Exception):
    """Nothing was changed; the message says why."""


@translate_storage_errors()
def revoke(key: str, *, by: Account) -> None:
    """End a code that could still be used. It signs nobody in any more, not even a try that is under way."""
    pending = Q(status=Code.Status.PENDING, code_digest__isnull=False)
    change = Update(Code, key, {"status": Code.Status.REVOKED}, when=pending)
    _act("revoke", change, by, otherwise="It was used or revoked already.")


@translate_storage_errors()
def unlock(address: str, *, by: Account) -> None:
    """Let an address be sent codes again at once. That gives it all the guesses of a new day."""
    now = timezone.now()
    counted = Q(pk__isnull=False) & ~Q(sends=[])
    change = Update(Address, address, budgets.changes([], new_id(now), now), when=counted)
    _act("unlock", change, by, otherwise="No code is counted.")


@translate_storage_errors()
def lift_suppression(address: str, *, by: Account) -> None:
    """Let an address be sent mail again, though some came back."""
    _act("lift", Delete(Suppression, address, when=Q(pk__isnull=False)), by, otherwise="It is sent mail already.")


@translate_storage_errors()
def sign_out_everywhere(address: str, *, by: Account) -> None:
    """End every session of an account."""
    _act_on_account("sign_out", address, {"session_epoch": new_epoch()}, Q(pk__isnull=False), by, "It is gone.")


@translate_storage_errors()
def deactivate(address: str, *, by: Account) -> None:
    """End every session of an account, and let it begin none."""
    changes = {"is_active": False, "session_epoch": new_epoch()}
    _act_on_account("deactivate", address, changes, Q(is_active=True), by, "It was deactivated already.")


@translate_storage_errors()
def reactivate(address: str, *, by: Account) -> None:
    """Let an account sign in again."""
    _act_on_account("reactivate", address, {"is_active": True}, Q(is_active=False), by, "It is active.")


@translate_storage_errors()
def appoint(address: str, *, by: Account) -> None:
    """Make an account staff."""
    other = Q(pk__isnull=False) & (NO_ROLE | Q(role=Account.Role.VIEWER))
    change = Update(Account, _other_than(by, address), {"role": Account.Role.STAFF}, when=other)
    _act("make_staff", change, by, verb="appoint", otherwise="It is staff already.")


@translate_storage_errors()
def dismiss(address: str, *, by: Account | None = None) -> None:
    """Take an account's role away; by the command line, also the last superuser's."""
    change = Update(Account, _other_than(by, address), {"role": None}, when=Q(role__isnull=False))
    _act("remove_staff", change, by, verb="appoint", otherwise="It is no staff.")


@translate_storage_errors()
def appoint_by_command(address: str, role: str) -> None:
    """Give an address a role, and an account if it has none yet."""
    now = timezone.now()
    change = Update(Account, address, {**Account.initial_values(now), "role": role})
    transact(change, Put(_entry(f"make_{role}", change, COMMAND_LINE, now)))


def members() -> list[Account]:
    """Everybody with a role, the first one first."""
    return list(Account.objects.filter(role__in=Account.Role.values).order_by("created_at"))


def _act_on_account(action: str, address: str, changes: dict[str, Any], when: Q, by: Account, otherwise: str) -> None:
    """Staff act on people; on each other only superusers do."""
    verb = "appoint" if by.is_superuser else "act"
    if not by.is_superuser:
        when, otherwise = when & NO_ROLE, f"{otherwise} Or it has a role: then only a superuser may."
    _act(action, Update(Account, _other_than(by, address), changes, when=when), by, verb=verb, otherwise=otherwise)


def _other_than(by: Account | None, address: str) -> str:
    if by and by.pk == address:
        raise Refused("This is you: others do that for you, or you on your own account page.")
    return address


def _act(action: str, change: Update | Delete, by: Account | None, *, otherwise: str, verb: str = "act") -> None:
    """Raises Refused: with `otherwise` when the change has no point any more."""
    entry = _entry(action, change, by.pk if by else COMMAND_LINE, timezone.now())
    allowed = Q(is_active=True, role__in=[role for role, verbs in Account.MAY.items() if verb in verbs])
    try:
        transact(change=change, entry=Put(entry), **({"check": Check(Account, by.pk, allowed)} if by else {}))
    except TransactionRefused as refusal:
        raise Refused(otherwise if "change" in refusal.failed else "You may not do that any more.") from refusal


def _entry(action: str, change: Update | Delete, actor: str, now: datetime) -> AuditEntry:
    kind = change.model._meta.model_name
    return AuditEntry(id=new_id(now), created_at=now, actor=actor, action=action, kind=kind, key=change.pk)
