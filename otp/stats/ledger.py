"""Storing counts: rows for five minutes, hours and days, and a mark that says until when the log is counted.

Counting continues from the mark, in pieces. A piece is stored in transactions, on condition that the mark is unchanged.
So no entry is counted twice, even if two processes count at the same time, and a process that is killed loses at most
one piece. The mark never passes the newest entry of the log, so a server whose clock is ahead can't close periods that
are still empty. If it closes one that others still write to, the next run with the right time, a minute later, sets the
mark back. GRACE isn't longer because the newest figures of a busy site, which warn of failures, would come later.

The time of an entry is when its request began. It is written within the time that a request may take (10 seconds on
Lambda). An entry that is written later than GRACE isn't in the figures until its period is counted again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from otp.clock import DAY, HOUR, period_start, seconds
from otp.conf import conf
from otp.dynamo import operations
from otp.dynamo.client import TransactionConflict, TransactionRefused
from otp.dynamo.operations import Put, batch_get, transact
from otp.models import LogEntry, Stat

from .counts import PERIOD, Counts, Piece, pieces, top, total

UNITS = (PERIOD, HOUR, DAY)  # the lengths of what is kept, in seconds
ROWS = 99  # in one transaction: DynamoDB's hold a hundred writes, one of which is the mark
GRACE = timedelta(minutes=1)
PIECE = 2_000  # entries: about a megabyte, which is what one request reads
FIRST = timedelta(days=30)  # how far back the first count begins

Row = tuple[int, datetime]  # the length of a period in seconds, and its beginning

# Somebody else counts at the same moment.
MOVED = (TransactionRefused, TransactionConflict)


class Ledger:
    """The mark as it was read, the rows before it, and how the next piece is stored. Writing raises one of MOVED."""

    def __init__(self, now: datetime) -> None:
        """Sets back a mark that is later than now, which a clock that was ahead has left."""
        self.now = now
        self.mark = operations.get(Stat, Stat.MARK)
        if self.counted_until > now:
            try:
                self.rewind(self._rewind_target())
            except MOVED:
                self.mark = operations.get(Stat, Stat.MARK)

    @property
    def counted_until(self) -> datetime:
        if self.mark is None:
            return period_start(self.now - min(FIRST, timedelta(days=conf.log_days)), DAY)
        return self.mark.until

    @property
    def horizon(self) -> datetime:
        """Until when all entries are written."""
        return self.now - GRACE

    def pieces(self, before: datetime | None = None) -> Iterator[Piece]:
        """The entries after the mark, in one Query of the log for each shard and megabyte."""
        entries = LogEntry.objects.filter(created_at__gte=self.counted_until).order_by("created_at")
        if before:
            entries = entries.filter(created_at__lt=before)
        entries = entries.values_list("created_at", "outcome", "address", "ip_hash", "took", "client", named=True)
        return pieces(entries.iterator(), self.now, PIECE)

    def rows_from(self, unit: int, start: datetime, end: datetime | None = None) -> list[Stat]:
        """The rows that begin at or after `start` and before `end`, which is the mark by default, in one Query."""
        return rows_between(unit, start, end or self.counted_until)

    def is_counted(self, row: Stat) -> bool:
        """False for a row that reaches beyond the mark: written since the mark was read, or before it was set back."""
        return row.until <= self.counted_until

    def store(self, piece: Piece) -> None:
        """Store the closed periods of a piece, and move the mark. Writes nothing if none is closed."""
        if piece.until and piece.until < self.horizon:
            closed, until = piece.counts, piece.until
        else:
            # The newest period stays open until the log holds something later.
            until = max((start for start in piece.counts if start <= self.horizon), default=self.counted_until)
            closed = {start: counts for start, counts in piece.counts.items() if start < until}
        for part, end in _parts(closed, until):
            self._store_part(part, end)

    def _store_part(self, counts: dict[datetime, Counts], until: datetime) -> None:
        sums = self._partly_counted(rows(counts))
        for start, each in counts.items():
            for row in rows([start]):
                sums[row] = total([sums.get(row, Counts()), each])
        self._write(sums, until)

    def _partly_counted(self, wanted: Iterable[Row]) -> dict[Row, Counts]:
        """Those of the rows that hold counts from before the mark."""
        partial = [row for row in wanted if row[1] < self.counted_until]
        stored = batch_get(*((Stat, row) for row in partial)) if partial else []
        pairs = zip(partial, stored, strict=True)
        return {row: counts_of(stat) for row, stat in pairs if stat and self.is_counted(stat)}

    def _write(self, sums: dict[Row, Counts], until: datetime) -> None:
        unchanged = Q(until=self.mark.until) if self.mark else Q(pk__isnull=True)
        mark = Stat(key=Stat.MARK, until=until)
        transact(Put(mark, when=unchanged), *(Put(stat_of(row, counts, until)) for row, counts in sums.items()))
        self.mark = mark

    def rewind(self, to: datetime) -> None:
        """Set the mark back to the beginning of a five-minute period, to count again from there.

        Later rows are overwritten when counting reaches them, unless the log no longer has entries of their period.
        """
        hour, day = period_start(to, HOUR), period_start(to, DAY)
        of_hour = total(counts_of(each) for each in self.rows_from(PERIOD, hour, to))
        of_day = total([of_hour, *(counts_of(each) for each in self.rows_from(HOUR, day, hour))])
        partial = {(HOUR, hour): of_hour, (DAY, day): of_day}
        self._write({row: counts for row, counts in partial.items() if row[1] < to}, to)

    def _rewind_target(self) -> datetime:
        """One period before the newest stored one that isn't in the future, since late entries may be missing there."""
        past = Stat.objects.filter(unit=PERIOD, start__lte=self.now).order_by("-start").first()
        return past.start - seconds(PERIOD) if past else period_start(self.now - FIRST, DAY)


def rows_between(unit: int, start: datetime, end: datetime) -> list[Stat]:
    """The rows that begin at or after `start` and before `end`, in one Query."""
    return list(Stat.objects.filter(unit=unit, start__gte=start, start__lt=end).order_by("start"))


def rows(periods: Iterable[datetime]) -> set[Row]:
    """The five-minute periods, and the hours and days that they are part of."""
    return {(unit, period_start(period, unit)) for period in periods for unit in UNITS}


def _parts(counts: dict[datetime, Counts], until: datetime) -> Iterator[tuple[dict[datetime, Counts], datetime]]:
    """The counts in parts that fit into one transaction, oldest first, each with the end of what it counts."""
    part: dict[datetime, Counts] = {}
    for start in sorted(counts):
        if len(rows([*part, start])) > ROWS:
            yield part, start
            part = {}
        part[start] = counts[start]
    if part:
        yield part, until


def stat_of(row: Row, counts: Counts, until: datetime) -> Stat:
    unit, start = row
    return Stat(
        key=row,
        until=min(until, start + seconds(unit)),
        outcomes=dict(counts.outcomes),
        waits={str(bucket): number for bucket, number in counts.waits.items()},
        clients=dict(counts.clients),
        addresses=top(counts.addresses),
        callers=top(counts.callers),
        expires_at=start + timedelta(days=conf.log_days),
    )


def counts_of(stat: Stat) -> Counts:
    waits = {int(bucket): number for bucket, number in stat.waits.items()}
    return Counts(
        outcomes=Counter(stat.outcomes),
        waits=Counter(waits),
        clients=Counter(stat.clients),
        addresses=Counter(stat.addresses),
        callers=Counter(stat.callers),
    )
