"""Sessions to store: their key has two fields."""

from typing import Any

from .events import at
from .models import Session


def session(subject: str = "ann", sid: str = "s1", **values: Any) -> Session:
    return Session(**{"subject": subject, "sid": sid, "made_at": at(0)} | values)


def keys(found: Any) -> list[str]:
    return [each.pk for each in found]
