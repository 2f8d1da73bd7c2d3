"""Importing and exporting accounts with the command."""

import json
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command

from tests.support import stored

MADE = "2024-05-01T08:00:00+00:00"


def load(path: str, **options: Any) -> tuple[str, list[str]]:
    """What the command says, and what it complains of."""
    said, complaints = StringIO(), StringIO()
    try:
        call_command("accounts", "import", path, stdout=said, stderr=complaints, **options)
    except CommandError:
        assert complaints.getvalue()
    return said.getvalue().strip(), complaints.getvalue().splitlines()


def dump() -> list[dict[str, Any]]:
    """The lines of an export."""
    said = StringIO()
    call_command("accounts", "export", stdout=said)
    return [json.loads(line) for line in said.getvalue().splitlines()]


def everything() -> list[list[str]]:
    """All that an import may write."""
    return [sorted(map(str, stored.items(table))) for table in ("otp_accounts", "otp_addresses", "otp_audit")]


def people(count: int) -> list[dict[str, str]]:
    """That many lines to import."""
    return [{"sub": f"sub-{n}", "email": f"person{n}@example.com", "created_at": MADE} for n in range(count)]
