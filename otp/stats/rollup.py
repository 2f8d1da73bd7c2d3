"""The figures of hours and days: stored counts, and the entries after the mark. Showing them stores new counts too.

`manage.py roll_up` does the same without showing them; on AWS a schedule runs it.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from otp.clock import DAY, HOUR, period_start, seconds

from .counts import PERIOD, Counts, Piece, top, total
from .ledger import MOVED, Ledger, counts_of, rows_between

RUN = 8  # pieces a run: within the 10 seconds of a Lambda function with 256 MB, as `bench counting` shows
LAG = timedelta(minutes=10)  # figures that are further behind are incomplete
TOP = 10


@dataclass(frozen=True)
class Range:
    """The last `size` periods, the current one included."""

    title: str
    unit: int  # seconds
    size: int

    def starts(self, now: datetime) -> list[datetime]:
        """The beginnings of its periods, oldest first."""
        last = period_start(now, self.unit)
        return [last - seconds(self.unit * back) for back in reversed(range(self.size))]


RANGES = {
    "24h": Range("24 hours", HOUR, 24),
    "7d": Range("7 days", HOUR, 7 * 24),
    "30d": Range("30 days", DAY, 30),
}
LAST_HOUR = Range("Last hour", PERIOD, HOUR // PERIOD)
DEFAULT_RANGE = "24h"


def stats(name: str) -> dict[str, Any]:
    """The figures of one of the RANGES, ready for JSON: per hour or day, in all, and who failed most.

    `until` is when counting ended; they are `complete` if that is less than LAG ago. A call counts one piece at most,
    and the next call continues. Times are in seconds.
    """
    range_, now = RANGES[name], timezone.now()
    counts, until = _counted(range_, now)
    unit = "hour" if range_.unit == HOUR else "day"
    return {"range": name, "unit": unit, "complete": now - until < LAG, "until": until.isoformat(), **_figures(counts)}


def last_hour() -> dict[str, Any]:
    """The figures of the last hour by five minutes, like those of `stats`; `yesterday` has those of a day before."""
    now = timezone.now()
    counts, until = _counted(LAST_HOUR, now)
    first, last = min(counts), max(counts) + seconds(PERIOD)
    day = timedelta(days=1)
    rows = {row.start + day: counts_of(row) for row in rows_between(PERIOD, first - day, last - day)}
    yesterday = {start - day: rows.get(start, Counts()) for start in counts}
    return {
        "complete": now - until < LAG,
        "until": until.isoformat(),
        **_figures(counts),
        "yesterday": _figures(yesterday),
    }


def _figures(counts: dict[datetime, Counts]) -> dict[str, Any]:
    whole = total(counts.values())
    return {
        "periods": [{"start": start.isoformat(), **each.figures()} for start, each in counts.items()],
        "total": whole.figures(),
        "clients": [{"client": client, "sign_ins": number} for client, number in top(whole.clients).items()],
        "addresses": _ranked("address", whole.addresses),
        "callers": _ranked("ip_hash", whole.callers),
    }


def _counted(range_: Range, now: datetime) -> tuple[dict[datetime, Counts], datetime]:
    """The counts of each period of the range, and until when they are counted."""
    starts = range_.starts(now)
    for _ in range(2):  # again if the mark was moved between reading it and reading the rows
        ledger = Ledger(now)
        piece = next(ledger.pieces())
        rows = ledger.rows_from(range_.unit, starts[0])
        if all(map(ledger.is_counted, rows)):
            break
    counts = {start: Counts() for start in starts}
    counts |= {row.start: counts_of(row) for row in rows if ledger.is_counted(row)}
    for start, each in _by_unit(piece, range_.unit):
        if start in counts:
            counts[start] = total([counts[start], each])
    with suppress(*MOVED):
        ledger.store(piece)
    return counts, min(piece.until or now, now)


def _by_unit(piece: Piece, unit: int) -> Iterable[tuple[datetime, Counts]]:
    return ((period_start(start, unit), counts) for start, counts in piece.counts.items())


def roll_up() -> tuple[datetime, bool]:
    """Count at most RUN pieces. Returns until when the log is counted now, and whether nothing is left."""
    now, left, done = timezone.now(), RUN, False
    while left and not done:
        ledger = Ledger(now)
        with suppress(*MOVED):
            for piece in ledger.pieces(before=ledger.horizon):
                left -= 1
                ledger.store(piece)
                done = piece.until is None
                if not left:
                    break
    return ledger.counted_until, done


def recount(since: datetime) -> None:
    """Have the next runs count everything since then again. Raises one of MOVED if another process is counting."""
    ledger, start = Ledger(timezone.now()), period_start(since, PERIOD)
    if start < ledger.counted_until:
        ledger.rewind(start)


def _ranked(title: str, failures: Counter[str]) -> list[dict[str, Any]]:
    return [{title: name, "failures": number} for name, number in top(failures, TOP).items()]
