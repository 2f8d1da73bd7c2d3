"""Lengths and starts of periods."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from otp import clock


def test_lengths_are_in_seconds():
    assert (clock.MINUTE, clock.HOUR, clock.DAY) == (60, 3600, 86400)
    assert clock.seconds(1.5) == timedelta(milliseconds=1500)


@pytest.mark.parametrize(
    ("length", "now", "start"),
    [
        (clock.HOUR, datetime(2026, 5, 1, 12, 59, 59, 999999, UTC), datetime(2026, 5, 1, 12, tzinfo=UTC)),
        (clock.HOUR, datetime(2026, 5, 1, 13, tzinfo=UTC), datetime(2026, 5, 1, 13, tzinfo=UTC)),
        (clock.DAY, datetime(2026, 5, 1, 23, 59, 59, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)),
        (clock.DAY, datetime(2026, 5, 2, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)),
        (clock.DAY, datetime(2026, 5, 2, 3, tzinfo=timezone(timedelta(hours=14))), datetime(2026, 5, 1, tzinfo=UTC)),
    ],
)
def test_periods_begin_in_utc(length, now, start):
    assert clock.period_start(now, length) == start
