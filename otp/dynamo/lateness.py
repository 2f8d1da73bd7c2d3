"""Whether the current request of the site began so long ago that nothing may be sent to DynamoDB again."""

import time
from contextvars import ContextVar
from typing import Any

from django.core.signals import request_finished, request_started

PATIENCE = 3  # seconds: Lambda ends a request after 10, and the message and the response need their part

_began: ContextVar[float | None] = ContextVar("began", default=None)


def is_late() -> bool:
    """Always False outside of a request: in a command, or in a thread that a request has started."""
    began = _began.get()
    return began is not None and time.monotonic() - began > PATIENCE


def _start(**kwargs: Any) -> None:
    _began.set(time.monotonic())


def _finish(**kwargs: Any) -> None:
    _began.set(None)


request_started.connect(_start, dispatch_uid=__name__)
request_finished.connect(_finish, dispatch_uid=__name__)
