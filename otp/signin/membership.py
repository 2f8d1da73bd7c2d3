"""Which account an address belongs to: its record points to one, and is changed in the write that changes the account.

Whoever changes what it points to also gives the record another revision: a send that had read it is decided again.
"""

import secrets
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from otp.conf import conf
from otp.dynamo.expressions import IfMissing
from otp.dynamo.operations import Update, get
from otp.models import Account, Address, Code, new_epoch, new_subject

NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # when the record of a member lapses: a time, so that all records look alike


def account_at(address: str) -> Account | None:
    """The account that an address belongs to, if it has been made."""
    record = get(Address, address)
    return get(Account, record.account) if record and record.joined_at else None


def pointer(record: Address | None) -> dict[str, str]:
    """The account that a record points to, with its epoch; of an address without one, what it is to point to."""
    if record and record.account:
        return {"account": record.account, "epoch": record.epoch}
    return {"account": new_subject(), "epoch": new_epoch()}


def bind(code: Code, record: Address | None) -> dict[str, IfMissing]:
    """Bind a code to the account that its address points to: the changes by which the record points there for good."""
    found = pointer(record)
    code.account, code.epoch = found["account"], found["epoch"]
    code.may_create = code.may_create and not (record and record.is_member)
    return {name: IfMissing(value) for name, value in found.items()}


def join(address: str, subject: str, now: datetime) -> Update:
    """Make the address a member, unless it has got another account meanwhile."""
    changes = {"joined_at": IfMissing(now), "expires_at": NEVER, "revision": _revision()}
    return Update(Address, address, changes, when=Q(account=subject))


def found(record: Address | None, address: str, subject: str, epoch: str, now: datetime) -> Update:
    """Give the address an account without a code, unless its `record` has changed since it was read."""
    changes = {
        "account": subject,
        "epoch": epoch,
        "joined_at": IfMissing(now),
        "sends": IfMissing([]),
        "expires_at": NEVER,
        "revision": _revision(),
    }
    unchanged = Q(account=record.account) if record and record.account else Q(account__isnull=True)
    return Update(Address, address, changes, when=unchanged)


def leave(address: str, subject: str, now: datetime) -> Update:
    """Free the address. What it was sent stays counted, and codes on their way find another account, or none."""
    gone = dict.fromkeys(("account", "epoch", "joined_at"))
    changes = {**gone, "expires_at": _unless_member(now), "revision": _revision()}
    return Update(Address, address, changes, when=Q(account=subject))


def follow(address: str, subject: str, epoch: str) -> Update:
    """Copy the account's new epoch."""
    return Update(Address, address, {"epoch": epoch}, when=Q(account=subject))


def lapses_at(record: Address | None, now: datetime) -> datetime:
    """When a record may be forgotten: a member's never, any other after its last code, and its last window."""
    return NEVER if record and record.is_member else _unless_member(now)


def _unless_member(now: datetime) -> datetime:
    return now + timedelta(seconds=max(conf.send_windows) + conf.lifetime)


def _revision() -> str:
    return secrets.token_hex(16)
