"""The account that an address belongs to: the address's record points to it. Both change in one transaction.

Each change of the pointer also changes `last_write`, so that a send that has read the old record is decided again.
"""

import secrets
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from otp.conf import conf
from otp.dynamo.expressions import IfMissing
from otp.dynamo.operations import Update, get
from otp.models import Account, Address, Code, new_epoch, new_subject

from .flows import Flow

# When a member's record expires. It is a time, so that the requests look the same for all.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


def account_at(address: str) -> Account | None:
    """The account that an address belongs to, or None."""
    record = get(Address, address)
    return get(Account, record.account) if record and record.joined_at else None


def pointer(record: Address | None) -> dict[str, str]:
    """The account that a record points to, and its epoch. Without one, those of an account that may be created."""
    if record and record.account:
        return {"account": record.account, "epoch": record.epoch}
    return {"account": new_subject(), "epoch": new_epoch()}


def bind(code: Code, record: Address | None) -> dict[str, IfMissing]:
    """Bind a code to the account of its address. Returns the changes that make the record point to that account.

    A code to change an account's addresses belongs to that account, and changes no record.
    """
    if subject := Flow.parse(code.flow).subject:
        code.account, code.may_create = subject, False
        return {}
    target = pointer(record)
    code.account, code.epoch = target["account"], target["epoch"]
    code.may_create = code.may_create and not (record and record.is_member)
    return {name: IfMissing(value) for name, value in target.items()}


def join(address: str, subject: str, now: datetime) -> Update:
    """Mark the address as a member's, unless it belongs to another account by now."""
    changes = {"joined_at": IfMissing(now), "expires_at": NEVER, "last_write": _new_write()}
    return Update(Address, address, changes, when=Q(account=subject))


def assign(record: Address | None, address: str, subject: str, epoch: str, now: datetime) -> Update:
    """Give the address an account without verifying it, unless its `record` has changed since it was read."""
    changes = {
        "account": subject,
        "epoch": epoch,
        "joined_at": IfMissing(now),
        "sends": IfMissing([]),
        "expires_at": NEVER,
        "last_write": _new_write(),
    }
    unchanged = Q(account=record.account) if record and record.account else Q(account__isnull=True)
    return Update(Address, address, changes, when=unchanged)


def take_over(address: str, subject: str, epoch: str, now: datetime) -> Update:
    """Give an account another address, unless it belongs to an account already."""
    changes = {
        "account": subject,
        "epoch": epoch,
        "joined_at": now,
        "sends": IfMissing([]),
        "expires_at": NEVER,
        "last_write": _new_write(),
    }
    return Update(Address, address, changes, when=Q(joined_at__isnull=True))


def leave(address: str, subject: str, now: datetime) -> Update:
    """Detach the address from its account. Its sends stay counted, and codes sent earlier no longer sign anybody in."""
    gone = dict.fromkeys(("account", "epoch", "joined_at", "invited_until"))
    changes = {**gone, "expires_at": _unless_member(now), "last_write": _new_write()}
    return Update(Address, address, changes, when=Q(account=subject))


def copy_epoch(address: str, subject: str, epoch: str) -> Update:
    """Copy the account's new epoch to the address."""
    return Update(Address, address, {"epoch": epoch}, when=Q(account=subject))


def lapses_at(record: Address | None, now: datetime) -> datetime:
    """When a record expires: a member's never; any other after the longest window and the lifetime of a code.

    Those begin now, or when an invitation lapses.
    """
    if record and record.is_member:
        return NEVER
    return _unless_member(record.invited_until if record and record.is_invited(now) else now)


def _unless_member(now: datetime) -> datetime:
    return now + timedelta(seconds=max(conf.send_windows) + conf.lifetime)


def _new_write() -> str:
    return secrets.token_hex(16)
