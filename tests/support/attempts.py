"""Entries of the log, and the figures that are stored of them."""

from datetime import UTC, datetime, timedelta

import pytest

from otp.clock import DAY, period_start
from otp.dynamo.operations import batch_put
from otp.models import Attempt, Stat, new_id
from otp.stats.rollup import stats

NOW = datetime(2033, 5, 18, 14, 30, tzinfo=UTC)


@pytest.fixture
def short_log(settings, clock) -> None:
    """Stand at NOW, with a log of four days: fewer hours to write."""
    clock.move_to(NOW)
    settings.OTP_LOG_DAYS = 4


def entry(when, outcome="otp_sent", address="a@example.com", ip_hash="1", took=None):
    return Attempt(
        entry_id=new_id(when),
        address=address,
        outcome=outcome,
        channel="email",
        flow="page",
        ip_hash=ip_hash,
        user_agent="",
        took=took,
        created_at=when,
        expires_at=when + timedelta(days=90),
    )


def log(*entries):
    batch_put(*entries)


def ago(**time):
    return NOW - timedelta(**time)


def figures(name, wanted="sends"):
    return [period[wanted] for period in stats(name)["periods"]]


def kept():
    """The periods that are kept, by key."""
    now = period_start(NOW, DAY)
    keys = [f"{now - timedelta(days=n):%Y-%m-%d}" for n in range(40)]
    hours = [f"{now + timedelta(hours=n):%Y-%m-%dT%H}" for n in range(-40 * 24, 24)]
    return Stat.objects.in_bulk(keys + hours)
