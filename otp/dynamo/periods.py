"""The years, months, weeks or days between two dates."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.utils import NotSupportedError


def periods(first: date, last: date, kind: str) -> Iterator[date]:
    """The first day of each period from the first date's to the last's."""
    day = _start(first, kind)
    while day <= last:
        yield day
        day = _start(day + timedelta(days={"year": 366, "month": 31, "week": 7, "day": 1}[kind]), kind)


def _start(day: date, kind: str) -> date:
    match kind:
        case "year":
            return day.replace(month=1, day=1)
        case "month":
            return day.replace(day=1)
        case "week":
            return day - timedelta(days=day.weekday())
        case "day":
            return day
    raise NotSupportedError(f"no periods of that kind here: {kind}")
