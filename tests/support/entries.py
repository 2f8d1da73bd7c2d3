"""Log entries, and the stored counts of them."""

from datetime import UTC, datetime, timedelta

import pytest

from otp.clock import HOUR
from otp.dynamo.operations import batch_put, get
from otp.models import LogEntry, Stat, new_id
from otp.stats.rollup import stats
from tests.support.api import ADDRESS

NOW = datetime(2033, 5, 18, 14, 30, tzinfo=UTC)


@pytest.fixture
def short_log(settings, clock) -> None:
    """Freeze time at NOW, with a log of four days."""
    clock.move_to(NOW)
    settings.OTP_LOG_DAYS = 4


def entry(when, outcome="otp_sent", address="a@example.com", ip_hash="1", took=None, client=None):
    return LogEntry(
        entry_id=new_id(when),
        address=address,
        outcome=outcome,
        channel="email",
        flow="page",
        ip_hash=ip_hash,
        user_agent="",
        took=took,
        client=client,
        created_at=when,
        expires_at=when + timedelta(days=90),
    )


def log(*entries):
    batch_put(*entries)


def ago(**time):
    return NOW - timedelta(**time)


def figures(name, wanted="sends"):
    return [period[wanted] for period in stats(name)["periods"]]


def kept(unit=HOUR):
    """The stored counts of all hours or days, by start time."""
    return {row.start: row for row in Stat.objects.filter(unit=unit).order_by("start")}


def mark():
    """The time up to which the log is counted; None if nothing is."""
    found = get(Stat, Stat.MARK)
    return found and found.until


def outcomes() -> list[str]:
    """The outcomes of ADDRESS in the log, sorted by name, because with a frozen clock entries have no order."""
    return sorted(entry.outcome for entry in LogEntry.objects.filter(address=ADDRESS).order_by("created_at"))
