"""The log in figures: each closed hour and day is counted once and kept, what is still open is counted when asked for.

An hour closes GRACE after its end. An entry bears the time at which its request began, is written within the seconds
that a request may take (10 on Lambda), and shows in the index mostly within milliseconds; what comes later than GRACE
stays in the log, but out of the figures. Whoever asks first counts: a page, `manage.py roll_up`, or its schedule.
"""

from collections import Counter, defaultdict
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from otp.clock import DAY, HOUR, period_start, seconds
from otp.conf import conf
from otp.dynamo.client import ConditionFailed
from otp.dynamo.operations import Put
from otp.models import Attempt, Stat

from .counts import Counts, top, total

GRACE = timedelta(minutes=5)
PAGE_ENTRIES = 1_000  # that one page counts at most: half a megabyte, one request
TOP = 10


@dataclass(frozen=True)
class Range:
    """The last `size` hours or days, the current one included."""

    title: str
    unit: int  # seconds
    size: int

    def starts(self, now: datetime) -> list[datetime]:
        """The beginnings of its hours or days, oldest first."""
        last = period_start(now, self.unit)
        return [last - seconds(self.unit * back) for back in reversed(range(self.size))]


RANGES = {
    "24h": Range("24 hours", HOUR, 24),
    "7d": Range("7 days", HOUR, 7 * 24),
    "30d": Range("30 days", DAY, 30),
}


def stats(name: str) -> dict[str, Any]:
    """The figures of one of the RANGES, ready for JSON: per hour or day, in all, and who failed most.

    `complete` is False when there was too much to count at once: asking again goes on. Times are in seconds.
    """
    range_, now = RANGES[name], timezone.now()
    ledger = Ledger(now, limit=PAGE_ENTRIES)
    read = ledger.hours if range_.unit == HOUR else ledger.days
    counts = read(range_.starts(now))
    whole = total(counts.values())
    return {
        "range": name,
        "unit": "hour" if range_.unit == HOUR else "day",
        "complete": ledger.complete,
        "periods": [{"start": start.isoformat(), **each.figures()} for start, each in counts.items()],
        "total": whole.figures(),
        "addresses": _ranked("address", whole.addresses),
        "callers": _ranked("ip_hash", whole.callers),
    }


def roll_up() -> int:
    """Count and keep every closed hour and day of the last thirty; how many were new. Twice is as good as once."""
    now = timezone.now()
    ledger = Ledger(now)
    ledger.days(RANGES["30d"].starts(now))
    return ledger.kept


class Ledger:
    """Counts by hour and by day, as of one moment."""

    def __init__(self, now: datetime, limit: int | None = None) -> None:
        """`limit`: how many entries of the log may be read. Beyond it counts are too low, and not kept."""
        self.now, self.left = now, limit
        self.complete = True
        self.kept = 0

    def days(self, starts: list[datetime]) -> dict[datetime, Counts]:
        """The counts of whole days, in the order asked. What must be counted is, newest first."""
        found = self._read(starts, DAY)
        for day in reversed(self._missing(starts, found)):
            hours = self.hours([hour for hour in _hours_of(day) if hour <= self.now])
            found[day] = total(hours.values())
            if self.complete:
                self._keep({day: found[day]}, DAY)
        return {start: found.get(start, Counts()) for start in starts}

    def hours(self, starts: list[datetime]) -> dict[datetime, Counts]:
        """The counts of hours, in the order asked."""
        found = self._read(starts, HOUR)
        if missing := self._missing(starts, found):
            counted, end = self._count(missing[0], missing[-1] + seconds(HOUR))
            found |= {start: counted[start] for start in missing}
            self._keep({start: counted[start] for start in missing if start < end}, HOUR)
        return {start: found.get(start, Counts()) for start in starts}

    def _missing(self, starts: list[datetime], found: Container[datetime]) -> list[datetime]:
        """What is to be counted: of what has begun to lapse from the log, nothing any more."""
        lapsed = self.now - timedelta(days=conf.log_days)
        return [start for start in starts if start not in found and start > lapsed]

    def _count(self, start: datetime, end: datetime) -> tuple[dict[datetime, Counts], datetime]:
        """The hours from start to end, in one Query of the log by time; and until when they are complete."""
        entries = Attempt.objects.filter(created_at__gte=start, created_at__lt=end).order_by("created_at")
        entries = entries.values_list("created_at", "outcome", "address", "ip_hash", "took", named=True)
        counts: dict[datetime, Counts] = defaultdict(Counts)
        hour, limit = start, self.left
        for entry in entries[:limit].iterator():
            hour = period_start(entry.created_at, HOUR)
            counts[hour].add(entry)
            self.left = None if self.left is None else self.left - 1
        if self.left == 0:
            self.complete, end = False, hour
        return counts, end

    def _read(self, starts: list[datetime], unit: int) -> dict[datetime, Counts]:
        """Those that are kept, a hundred in a request."""
        kept = Stat.objects.in_bulk([period_key(start, unit) for start in starts])
        return {start: _counts(kept[key]) for start in starts if (key := period_key(start, unit)) in kept}

    def _keep(self, counts: dict[datetime, Counts], unit: int) -> None:
        """Keep those that are closed, unless somebody did: what is kept is never changed."""
        for start, each in counts.items():
            if start + seconds(unit) + GRACE <= self.now:
                with suppress(ConditionFailed):
                    Put(_stat(start, unit, each), when=Q(pk__isnull=True), repeatable=True).run()
                    self.kept += 1


def _hours_of(day: datetime) -> list[datetime]:
    return [day + seconds(HOUR * number) for number in range(24)]


def period_key(start: datetime, unit: int) -> str:
    return f"{start:%Y-%m-%dT%H}" if unit == HOUR else f"{start:%Y-%m-%d}"


def _stat(start: datetime, unit: int, counts: Counts) -> Stat:
    return Stat(
        period=period_key(start, unit),
        outcomes=dict(counts.outcomes),
        waits={str(bucket): number for bucket, number in counts.waits.items()},
        addresses=top(counts.addresses),
        callers=top(counts.callers),
        expires_at=start + timedelta(days=conf.log_days),
    )


def _counts(stat: Stat) -> Counts:
    waits = {int(bucket): number for bucket, number in stat.waits.items()}
    return Counts(Counter(stat.outcomes), Counter(waits), Counter(stat.addresses), Counter(stat.callers))


def _ranked(title: str, failures: Counter[str]) -> list[dict[str, Any]]:
    return [{title: name, "failures": number} for name, number in top(failures, TOP).items()]
