"""Attempts to list."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from django.db.utils import OperationalError

from otp.dynamo.operations import batch_put
from otp.models import Attempt

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
