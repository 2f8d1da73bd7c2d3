"""What people can do with their own account."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils import timezone

from otp.dynamo.client import TransactionRefused
from otp.dynamo.operations import Check, Delete, Operation, Update, batch_get, transact
from otp.exceptions import Unavailable, translate_storage_errors
from otp.models import Account, Address, LogEntry, Session, Suppression, new_epoch
from otp.signin import membership


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
def delete(account: Account) -> None:
    """Delete the account. Every session ends, and its addresses can sign up again.

    Log entries and session items remain until they expire. The next owner of an address can't read them.
    Raises LastSuperuser.
    """
    now, role = timezone.now(), Q(role=account.role) if account.role else Q(role__isnull=True)
    _write(
        Delete(Account, account.pk, when=role & Q(pk__isnull=False)),
        *(membership.leave(address, account.pk, now) for address in account.addresses),
        *_another_superuser(account),
    )


def _another_superuser(account: Account) -> Iterator[Check]:
    """For the deletion of a superuser: a check that another one remains, even if both leave at the same moment."""
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


@translate_storage_errors()
def export(account: Account) -> dict[str, Any]:
    """Everything stored about a person, ready for JSON. It contains no secrets.

    The budgets of known browsers are left out: their keys are only in the browsers' cookies, they expire within a day,
    and the sends that they count are in `log`.
    """
    return {
        "account": {
            "addresses": account.addresses,
            "subject": account.subject,
            "created_at": account.created_at,
            "signed_in_at": account.signed_in_at,
            "is_active": account.is_active,
            "role": account.role,
        },
        "addresses": [_address(each) for each in account.addresses],
        "sessions": list(
            Session.objects.filter(subject=account.subject).values(
                *("kind", "address", "created_at", "used_at", "expires_at", "ip_prefix", "user_agent")
            )
        ),
        "log": [line for address in account.addresses for line in _log(account, address)],
    }


def _address(address: str) -> dict[str, Any]:
    record, suppression = batch_get((Address, address), (Suppression, address))
    return {
        "address": address,
        "codes_sent_at": record.sends if record else [],
        "mail_came_back": {"reason": suppression.reason, "at": suppression.created_at} if suppression else None,
    }


def _log(account: Account, address: str) -> Iterator[dict[str, Any]]:
    """The log entries of an address, newest first, without those of an earlier account."""
    names = ("created_at", "outcome", "channel", "flow", "took", "ip_prefix", "user_agent")
    for entry in LogEntry.objects.filter(address=address).order_by("-entry_id"):
        if entry.account == account.subject:
            yield {"address": address, **{name: getattr(entry, name) for name in names}}
