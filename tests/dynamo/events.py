"""Events to store and list: one an hour, each with a number."""

from datetime import UTC, datetime, timedelta
from typing import Any

from otp.dynamo.operations import batch_put

from .models import Event

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def event(number: int, **values: Any) -> Event:
    """One event, at the hour of its number."""
    return Event(**{"id": f"{number:04}", "kind": "sent", "person": "ann", "at": at(number), "number": number} | values)


def write(*events: Event) -> list[Event]:
    batch_put(*events)
    return list(events)


def ids(events: Any) -> list[str]:
    return [event.id for event in events]
