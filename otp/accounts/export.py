"""The export of everything that is stored about a person."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from otp.dynamo.operations import batch_get
from otp.exceptions import translate_storage_errors
from otp.models import Account, Address, AuditEntry, Code, LogEntry, Session, Suppression
from otp.outcomes import WITHHELD, Outcome


@translate_storage_errors()
def export(account: Account) -> dict[str, Any]:
    """Everything stored about this account since it was created, ready for JSON. It contains no secrets.

    It leaves out data of former holders of its addresses. It also leaves out the budgets of known browsers: their keys
    are only in the browsers' cookies, they expire within a day, and the sends that they count are in `log`.
    """
    addresses = [*account.addresses, *account.former]
    log = [entry for address in addresses for entry in _log(account, address)]
    sent = [each["created_at"] for each in log if each["outcome"] in (Outcome.SENT, *WITHHELD)]
    since = min(sent, default=account.created_at)
    return {
        "account": {
            "addresses": account.addresses,
            "former_addresses": sorted(account.former),
            "subject": account.subject,
            "created_at": account.created_at,
            "signed_in_at": account.signed_in_at,
            "is_active": account.is_active,
            "role": account.role,
        },
        "addresses": [_address(each, since) for each in account.addresses],
        "codes": [code for address in addresses for code in _codes(account, address)],
        "sessions": list(
            Session.objects.filter(subject=account.pk).values(
                *("kind", "address", "created_at", "used_at", "expires_at", "ip_prefix", "user_agent"),
                *("client", "scope"),  # of an application's
            )
        ),
        "log": log,
        "done_by_staff": list(_done_by_staff(account)),
    }


def _address(address: str, since: datetime) -> dict[str, Any]:
    record, suppression = batch_get((Address, address), (Suppression, address))
    return {
        "address": address,
        "codes_sent_at": [sent for sent in record.sends if sent >= int(since.timestamp())] if record else [],
        "invited_until": record.invited_until if record else None,
        "suppressed": {"reason": suppression.reason, "at": suppression.created_at} if suppression else None,
    }


def _log(account: Account, address: str) -> Iterator[dict[str, Any]]:
    """The log entries of an address, newest first, without those of an earlier account."""
    names = (
        *("created_at", "outcome", "channel", "flow", "client", "took", "ip_prefix", "user_agent"),
        *("error", "delivery"),
    )
    for entry in LogEntry.objects.filter(address=address).order_by("-entry_id"):
        if entry.account == account.subject:
            yield {"address": address, **{name: getattr(entry, name) for name in names}}


def _codes(account: Account, address: str) -> Iterator[dict[str, Any]]:
    """The codes that are still stored, without what they are derived from."""
    for code in Code.objects.filter(address=address).order_by("-created_at"):
        if code.account == account.subject:
            names = ("address", "created_at", "otp_expiry", "status", "attempts")
            yield {name: getattr(code, name) for name in names}


def _done_by_staff(account: Account) -> Iterator[dict[str, Any]]:
    """What staff did to the account and its addresses, not who did it."""
    objects = [(Account, account.pk), *((m, each) for each in account.addresses for m in (Address, Suppression))]
    for model, key in objects:
        for entry in AuditEntry.objects.filter(kind=model._meta.model_name, key=key).order_by("-created_at"):
            if entry.created_at >= account.created_at:
                yield {"action": entry.action, "to": key, "created_at": entry.created_at}
