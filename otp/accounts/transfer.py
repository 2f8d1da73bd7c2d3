"""Import and export accounts as JSON Lines, one object per line, such as

{"sub": "8f6b…", "email": "ada@example.com", "phone": "+61412345678", "created_at": "2024-05-01T08:00:00Z"}

An import only adds accounts. So the same file can be imported again, also after an import that was interrupted.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from otp.delivery import addresses
from otp.delivery.channels import channel_name
from otp.dynamo.client import TransactionRefused
from otp.dynamo.operations import Operation, Put, batch_get, transact
from otp.exceptions import AddressInvalid
from otp.models import Account, Address, AuditEntry, new_id, new_subject
from otp.signin import membership

from .acting import COMMAND_LINE

BATCH = 25  # accounts in one transaction of at most 100 writes: each has up to four
FIELDS = {"sub", "email", "phone", "created_at", "role", "active"}
SUBJECT = re.compile(r"[!-~]{1,64}")  # visible ASCII without spaces
PHONE = re.compile(r"\+[1-9]\d{6,14}")


class BadLine(Exception):
    """A line that can't be imported; the message says why."""


@dataclass
class Report:
    """The results so far. `bad` has the number of each bad line, from 1, and the reason."""

    added: int = 0
    unchanged: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)

    @property
    def lines(self) -> int:
        return self.added + self.unchanged + len(self.bad)


@dataclass(frozen=True)
class Line:
    number: int
    account: Account
    has_subject: bool  # whether the file has one

    @property
    def keys(self) -> set[str]:
        return {self.account.subject, *self.account.addresses}


# -- import ----------------------------------------------------------------------------------------


def load(lines: Iterable[str], *, dry_run: bool = False) -> Iterator[Report]:
    """Import accounts. Yields the report after each batch, and at the end."""
    report, batch, keys = Report(), list[Line](), set[str]()
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            line = parse(number, text)
        except BadLine as error:
            report.bad.append((number, str(error)))
            continue
        if len(batch) == BATCH or not keys.isdisjoint(line.keys):
            _add(batch, report, dry_run)
            yield report
            batch, keys = [], set()
        batch.append(line)
        keys |= line.keys
    _add(batch, report, dry_run)
    yield report


def parse(number: int, text: str) -> Line:
    """The account of a line, not yet saved. Raises BadLine."""
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise BadLine("not JSON") from error
    if not isinstance(fields, dict) or not fields.keys() <= FIELDS:
        raise BadLine(f"not an object with only these fields: {', '.join(sorted(FIELDS))}")
    subject, role = fields.get("sub"), fields.get("role")
    if subject is not None and not (isinstance(subject, str) and SUBJECT.fullmatch(subject)):
        raise BadLine("sub must be 1 to 64 visible ASCII characters without spaces")
    if role not in (None, *Account.Role.values):
        raise BadLine(f"role must be one of: {', '.join(Account.Role.values)}")
    if not isinstance(fields.get("active", True), bool):
        raise BadLine("active must be true or false")
    account = Account(
        subject=subject or new_subject(),
        addresses=_addresses(fields),
        created_at=_time(fields.get("created_at")),
        role=role,
        is_active=fields.get("active", True),
    )
    return Line(number, account, subject is not None)


def _addresses(fields: dict[str, Any]) -> list[str]:
    email, phone = fields.get("email"), fields.get("phone")
    if email is None and phone is None:
        raise BadLine("neither email nor phone")
    if phone is not None and not (isinstance(phone, str) and PHONE.fullmatch(phone)):
        raise BadLine("phone must be in the format +61412345678")
    try:
        return [*([addresses.canonical(str(email))] if email is not None else []), *([phone] if phone else [])]
    except AddressInvalid as error:
        raise BadLine("email is not an address that mail can be sent to") from error


def _time(text: Any) -> datetime:
    """When the account was created, by default now."""
    if text is None:
        return timezone.now()
    try:
        moment = parse_datetime(text)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadLine("created_at must be a time with a time zone, such as 2024-05-01T08:00:00Z")
    return moment


def _add(batch: list[Line], report: Report, dry_run: bool) -> None:
    """Add the new accounts of a batch in one transaction, or one by one if a parallel change makes that fail."""
    new: list[tuple[Line, list[Operation]]] = []
    for line, account, records in _read(batch):
        try:
            if _exists(line, account, records):
                report.unchanged += 1
            else:
                new.append((line, _writes(line.account, records)))
        except BadLine as error:
            report.bad.append((line.number, str(error)))
    if not new:
        return
    try:
        if not dry_run:
            transact(*(write for _, writes in new for write in writes))
        report.added += len(new)
    except TransactionRefused:
        if len(batch) == 1:
            report.bad.append((batch[0].number, "it was changed at the same moment: import it again"))
            return
        for line, _ in new:
            _add([line], report, dry_run)


def _read(batch: list[Line]) -> Iterator[tuple[Line, Account | None, list[Address | None]]]:
    """Each line with its stored account and address records, read in one request."""
    wanted = [[(Account, line.account.pk), *((Address, each) for each in line.account.addresses)] for line in batch]
    read = iter(batch_get(*(key for keys in wanted for key in keys)) if wanted else ())
    for line, keys in zip(batch, wanted, strict=True):
        account, *records = [next(read) for _ in keys]
        yield line, account, records


def _exists(line: Line, account: Account | None, records: list[Address | None]) -> bool:
    """Whether the account exists already. Raises BadLine if it can't be added."""
    owners = {record.account if record and record.is_member else None for record in records}
    if owners == {None} and account is None:
        return False
    if len(owners) > 1 or owners == {None}:
        raise BadLine("only a part of the account exists: its sub, or some of its addresses")
    if line.has_subject and owners != {line.account.subject}:
        raise BadLine("its address belongs to an account with another sub")
    return True


def _writes(account: Account, records: list[Address | None]) -> list[Operation]:
    now = timezone.now()
    pairs = zip(records, account.addresses, strict=True)
    writes: list[Operation] = [
        Put(account, when=Q(pk__isnull=True)),
        *(membership.assign(record, each, account.pk, account.session_epoch, now) for record, each in pairs),
    ]
    if account.role:
        writes.append(Put(_audit(account, now)))
    return writes


def _audit(account: Account, now: datetime) -> AuditEntry:
    """The audit entry of an imported role, like that of `manage.py staff`."""
    return AuditEntry(
        id=new_id(now),
        created_at=now,
        actor=COMMAND_LINE,
        actor_name=COMMAND_LINE,
        action=f"make_{account.role}",
        kind=Account._meta.model_name,
        key=account.pk,
        name=account.address,
    )


# -- export ----------------------------------------------------------------------------------------


def dump() -> Iterator[str]:
    """All accounts as lines that can be imported, oldest first."""
    for account in Account.objects.order_by("created_at").iterator():
        kinds = {"email": "email", "sms": "phone"}
        line = {
            "sub": account.subject,
            **{kinds[channel_name(address)]: address for address in account.addresses},
            "created_at": account.created_at.isoformat(),
            **({"role": account.role} if account.role else {}),
            **({} if account.is_active else {"active": False}),
        }
        yield json.dumps(line)
