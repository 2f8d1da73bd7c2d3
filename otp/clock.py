"""Lengths of time in seconds, as in every setting, and the start of an hour or day in UTC."""

from datetime import UTC, datetime, timedelta

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def period_start(now: datetime, length: int) -> datetime:
    """The beginning of the period (UTC) that `now` is in; `length` in seconds is a day, or a part of one."""
    return datetime.fromtimestamp(now.timestamp() // length * length, UTC)
