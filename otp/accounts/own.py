"""What a person does with an account of one's own."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils import timezone

from otp.dynamo.client import TransactionRefused
from otp.dynamo.operations import Check, Delete, Operation, Update, batch_get, transact
from otp.exceptions import Unavailable, translate_storage_errors
from otp.models import Account, Address, Attempt, Session, Suppression, new_epoch
from otp.signin import membership


class LastSuperuser(Exception):
    """The account isn't deleted: there would be nobody left to make another one."""


@translate_storage_errors()
def sign_out_everywhere(account: Account) -> None:
    """End every session of the account, in every browser, at once. One that is gone has none."""
    epoch = new_epoch()
    _write(
        Update(Account, account.pk, {"session_epoch": epoch}, when=Q(pk__isnull=False)),
        *(membership.follow(address, account.pk, epoch) for address in account.addresses),
    )


@translate_storage_errors()
def delete(account: Account) -> None:
    """Forget the account; with it every session ends, and its addresses are free.

    The log of attempts, and what is stored of its sessions, lapse by themselves; whoever has the address next reads
    none of it. Raises LastSuperuser.
    """
    now, role = timezone.now(), Q(role=account.role) if account.role else Q(role__isnull=True)
    _write(
        Delete(Account, account.pk, when=role & Q(pk__isnull=False)),
        *(membership.leave(address, account.pk, now) for address in account.addresses),
        *_another_superuser(account),
    )


def _another_superuser(account: Account) -> Iterator[Check]:
    """A check, within the deletion of a superuser, that another one stays: of two who leave at once one does."""
    if account.role != Account.Role.SUPERUSER:
        return
    superusers = Account.objects.filter(role=Account.Role.SUPERUSER).order_by("created_at")
    others = (each for each in superusers if each.is_superuser and each.pk != account.pk)
    if not (other := next(others, None)):
        raise LastSuperuser
    yield Check(Account, other.pk, Q(is_active=True, role=Account.Role.SUPERUSER))


def _write(change: Operation, *others: Operation) -> None:
    """All of it; nothing for an account that is gone. Raises Unavailable if it isn't as it was read."""
    try:
        transact(change, *others)
    except TransactionRefused as refusal:
        if refusal.failed.get(0, change) is not None:
            raise Unavailable from refusal


@translate_storage_errors()
def export(account: Account) -> dict[str, Any]:
    """Everything stored about a person, ready for JSON: nothing in it opens anything.

    But for the budgets of browsers of one's own: their keys are in those alone, they lapse within a day, and what they
    count is among `attempts`.
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
        "attempts": [line for address in account.addresses for line in _attempts(account, address)],
    }


def _address(address: str) -> dict[str, Any]:
    record, suppression = batch_get((Address, address), (Suppression, address))
    return {
        "address": address,
        "codes_sent_at": record.sends if record else [],
        "mail_came_back": {"reason": suppression.reason, "at": suppression.created_at} if suppression else None,
    }


def _attempts(account: Account, address: str) -> Iterator[dict[str, Any]]:
    """The log of an address, newest first, without what happened before it was this account's."""
    names = ("created_at", "outcome", "channel", "flow", "took", "ip_prefix", "user_agent")
    for attempt in Attempt.objects.filter(address=address).order_by("-entry_id"):
        if attempt.account == account.subject:
            yield {"address": address, **{name: getattr(attempt, name) for name in names}}
