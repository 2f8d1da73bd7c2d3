"""Years, months, weeks and days between two dates."""

from datetime import date

import pytest
from django.db.utils import NotSupportedError

from otp.dynamo.periods import periods


@pytest.mark.parametrize(
    ("kind", "first", "last", "found"),
    [
        ("year", date(2024, 2, 29), date(2026, 1, 1), ["2024-01-01", "2025-01-01", "2026-01-01"]),
        ("month", date(2026, 1, 31), date(2026, 3, 1), ["2026-01-01", "2026-02-01", "2026-03-01"]),
        ("week", date(2026, 3, 1), date(2026, 3, 9), ["2026-02-23", "2026-03-02", "2026-03-09"]),
        ("day", date(2026, 2, 28), date(2026, 3, 1), ["2026-02-28", "2026-03-01"]),
        ("day", date(2026, 2, 28), date(2026, 2, 28), ["2026-02-28"]),
    ],
)
def test_every_period_between_two_dates_is_listed(kind, first, last, found):
    assert [str(day) for day in periods(first, last, kind)] == found


def test_other_periods_raise():
    with pytest.raises(NotSupportedError, match="hour"):
        list(periods(date(2026, 3, 1), date(2026, 3, 2), "hour"))
