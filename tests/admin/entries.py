"""Entries of the log for the lists of the admin."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.utils import OperationalError

from otp.dynamo.operations import batch_put
from otp.models import LogEntry

NOW = datetime(2033, 5, 18, 12, tzinfo=UTC)
LOG = "/admin/otp/logentry/"
DAY = "created_at__year=2033&created_at__month=5&created_at__day=18"
OUTCOMES = ("otp_sent", "otp_verified", "otp_invalid")
AT_ONCE = 100  # entries that one thread writes


def entry(number: int, now: datetime, **values: Any) -> LogEntry:
    """An entry. Numbers count seconds back from `now`; outcomes alternate, and every thousandth entry is Ann's."""
    defaults = {
        "entry_id": f"{10**9 - number:020}",
        "address": "ann@example.com" if number % 1000 == 0 else f"person{number}@example.com",
        "outcome": OUTCOMES[number % 3],
        "channel": "email",
        "flow": "api" if number % 2 else "page",
        "ip_hash": "ab12cd34" * 4,
        "created_at": now - timedelta(seconds=number),
        "expires_at": now + timedelta(days=90),
    }
    return LogEntry(**defaults | values)


def write(count: int, now: datetime) -> None:
    """Write that many entries."""
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda start: write_some(range(start, min(start + AT_ONCE, count)), now), range(0, count, AT_ONCE))
        )


def write_some(numbers: range, now: datetime) -> None:
    """Write some entries, and retry if the server takes longer than the site's timeout."""
    try:
        batch_put(*(entry(number, now) for number in numbers))
    except OperationalError:
        write_some(numbers, now)


def shown(response: Any) -> list[str]:
    """The ids on a page of a list."""
    return [attempt.pk for attempt in response.context["cl"].result_list]
