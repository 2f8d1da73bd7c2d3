"""Counting: entries of the log become figures. No Django, no AWS, no clock."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from otp.clock import MINUTE, period_start
from otp.outcomes import SUCCESSES, WITHHELD, Outcome

PERIOD = 5 * MINUTE

KEPT = 50  # addresses, and callers, that a stored count remembers: those that failed most
GROWTH = 1.1  # ratio of one bucket of waits to the previous one, so that percentiles are within 5 %

WRONG = (Outcome.WRONG_CODE, Outcome.LOCKED_OUT)
LOCKED_OUT = (Outcome.LOCKED_OUT,)  # not the attempts after it
NOT_MAILED = (
    Outcome.DELIVERY_FAILED,
    Outcome.DELIVERY_UNKNOWN,
    Outcome.SERVER_ERROR,
)  # server_error is logged only for sends

# The title of each figure, and its unit: a count, a share from 0 to 1, or seconds.
FIGURES = {
    "sends": ("Codes sent", "count"),
    "withheld": ("Codes withheld", "count"),
    "sign_ins": ("Sign-ins", "count"),
    "success_rate": ("Success rate", "share"),
    "wrong_codes": ("Wrong codes", "count"),
    "lock_outs": ("Lock-outs", "count"),
    "failed_mails": ("Failed mails", "count"),
    "median": ("Median time to sign in", "seconds"),
    "p95": ("95% sign in within", "seconds"),
}


class Entry(Protocol):
    """The fields that are counted. `took`: seconds from sending the code to the sign-in; None for other outcomes.

    `client`: the id of an application that somebody signed in to; None for other outcomes.
    """

    created_at: datetime
    outcome: str
    address: str
    ip_hash: str
    took: float | None
    client: str | None


@dataclass
class Counts:
    """The counts of a period. Every outcome is counted by itself, so that figures can be defined differently later.

    `addresses` and `callers` (IP hashes) count failures, which are all outcomes but sends and sign-ins. Only the top
    KEPT are stored, so a sum of several periods may lack one that failed a little in each.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    waits: Counter[int] = field(default_factory=Counter)  # by bucket
    clients: Counter[str] = field(default_factory=Counter)
    addresses: Counter[str] = field(default_factory=Counter)
    callers: Counter[str] = field(default_factory=Counter)

    def add(self, entry: Entry) -> None:
        self.outcomes[entry.outcome] += 1
        if entry.took is not None:
            self.waits[bucket(entry.took)] += 1
        if entry.client is not None:
            self.clients[entry.client] += 1
        if entry.outcome not in SUCCESSES:
            self.addresses[entry.address] += 1
            self.callers[entry.ip_hash] += 1

    def figures(self) -> dict[str, Any]:
        """The values of FIGURES. Shares are from 0 to 1, times in seconds; None if there is no data."""
        sends, sign_ins = self.outcomes[Outcome.SENT], self.outcomes[Outcome.SIGNED_IN]
        return {
            "sends": sends,
            "withheld": self._sum(WITHHELD),
            "sign_ins": sign_ins,
            # An hour can have more sign-ins than sends, because codes of the previous hour are used in it.
            "success_rate": min(sign_ins / sends, 1.0) if sends else None,
            "wrong_codes": self._sum(WRONG),
            "lock_outs": self._sum(LOCKED_OUT),
            "failed_mails": self._sum(NOT_MAILED),
            "median": percentile(self.waits, 0.5),
            "p95": percentile(self.waits, 0.95),
        }

    def _sum(self, outcomes: Iterable[str]) -> int:
        return sum(self.outcomes[outcome] for outcome in outcomes)


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of several counts."""
    result = Counts()
    for each in counts:
        for name in vars(result):
            getattr(result, name).update(getattr(each, name))
    return result


@dataclass
class Piece:
    """The counts of successive entries. `until` is the time of the next entry after them, None if there is none."""

    counts: dict[datetime, Counts] = field(default_factory=dict)  # by five-minute period
    size: int = 0
    newest: datetime | None = None
    until: datetime | None = None

    def add(self, entry: Entry, period: datetime) -> None:
        self.counts.setdefault(period, Counts()).add(entry)
        self.size += 1
        self.newest = entry.created_at


def pieces(entries: Iterable[Entry], now: datetime, limit: int) -> Iterator[Piece]:
    """Count entries, oldest first, in pieces of `limit`. An entry whose time is later than now counts as now.

    Entries of the same microsecond stay together, so that a time says where the next piece begins.
    """
    piece = Piece()
    for entry in entries:
        if piece.size >= limit and entry.created_at != piece.newest:
            piece.until = entry.created_at
            yield piece
            piece = Piece()
        piece.add(entry, period_start(min(entry.created_at, now), PERIOD))
    yield piece


def top(failures: Counter[str], size: int = KEPT) -> dict[str, int]:
    """Those that failed most, in descending order. Equal ones are ordered by name."""
    return dict(sorted(failures.items(), key=lambda pair: (-pair[1], pair[0]))[:size])


def bucket(seconds: float) -> int:
    """The bucket of a time. All times up to one second are in bucket 0; 15 minutes are in bucket 71."""
    return round(math.log(max(seconds, 1), GROWTH))


def percentile(waits: Counter[int], share: float) -> int | None:
    """A percentile of the waits in seconds, by nearest rank; None if there are none."""
    rank = math.ceil(share * waits.total())
    for each in sorted(waits):
        rank -= waits[each]
        if rank <= 0:
            return round(GROWTH**each)
    return None
