"""Entries of the log to list, and the list of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.utils import OperationalError

from otp.dynamo.operations import batch_put
from otp.models import Attempt

NOW = datetime(2033, 5, 18, 12, tzinfo=UTC)
ATTEMPTS = "/admin/otp/attempt/"
DAY = "created_at__year=2033&created_at__month=5&created_at__day=18"
OUTCOMES = ("otp_sent", "otp_verified", "otp_invalid")
AT_ONCE = 100  # written by one thread


def attempt(number: int, now: datetime, **values: Any) -> Attempt:
    """One of each three outcomes in turn, a second apart, newest first; every thousandth is Ann's."""
    defaults = {
        "id": f"{10**9 - number:020}",
        "address": "ann@example.com" if number % 1000 == 0 else f"person{number}@example.com",
        "outcome": OUTCOMES[number % 3],
        "channel": "email",
        "flow": "api" if number % 2 else "page",
        "created_at": now - timedelta(seconds=number),
        "expires_at": now + timedelta(days=90),
    }
    return Attempt(**defaults | values)


def write(count: int, now: datetime) -> None:
    """Write that many."""
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda start: write_some(range(start, min(start + AT_ONCE, count)), now), range(0, count, AT_ONCE))
        )


def write_some(numbers: range, now: datetime) -> None:
    """Write, and again where the server took longer than the site is ready to wait."""
    try:
        batch_put(*(attempt(number, now) for number in numbers))
    except OperationalError:
        write_some(numbers, now)


def shown(response: Any) -> list[str]:
    """The ids on a page of a list."""
    return [attempt.pk for attempt in response.context["cl"].result_list]
