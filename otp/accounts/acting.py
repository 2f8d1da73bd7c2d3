"""How an action of staff is done: one transaction with its audit entry and a check of the actor's permission."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from otp.dynamo.client import TransactionRefused
from otp.dynamo.operations import Check, Delete, Operation, Put, Update, from_item, transact
from otp.models import Account, AddressKey, AuditEntry, new_id

COMMAND_LINE = "manage.py"
GONE = "It is gone."
CHANGED = "It was changed at the same moment. Try again."

# Why an action had no effect: a text, or a function of the object as it is now, or of None if there is none.
Why = str | Callable[[Any], str]


class Refused(Exception):
    """The action wasn't done, or only in part. The message says why."""


def act(
    action: str,
    change: Update | Delete | Check,
    by: Account | None,
    *also: Operation,
    otherwise: Why,
    name: str = "",
    verb: str = "act",
) -> None:
    """Change one object, and write its audit entry. Raises Refused, as `otherwise` says if the condition failed."""
    entry = entry_of(action, change, by, name or AddressKey.parse(change.pk).address, timezone.now())
    allowed = Q(is_active=True, role__in=[role for role, verbs in Account.MAY.items() if verb in verbs])
    try:
        check = {"check": Check(Account, by.pk, allowed)} if by else {}
        transact(*also, change=change, entry=Put(entry), **check)
    except TransactionRefused as refusal:
        if "change" in refusal.failed:
            old = refusal.failed["change"]
            current = from_item(change.model, old) if old else None
            raise Refused(otherwise if isinstance(otherwise, str) else otherwise(current)) from refusal
        raise Refused("You no longer have the permission." if "check" in refusal.failed else CHANGED) from refusal


def entry_of(action: str, change: Update | Delete | Check, by: Account | None, name: str, now: datetime) -> AuditEntry:
    return AuditEntry(
        id=new_id(now),
        created_at=now,
        actor=by.pk if by else COMMAND_LINE,
        actor_name=by.address if by else COMMAND_LINE,
        action=action,
        kind=change.model._meta.model_name,
        key=change.pk,
        name=name,
    )
