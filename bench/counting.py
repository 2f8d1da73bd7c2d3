"""Whether the scheduled count keeps up with 100 sign-ins a second on a 256 MB function, using DynamoDB Local."""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

from . import servers
from .figures import Figure

SIGN_INS = 100  # a second, each with two log entries: a send and a successful attempt
MINUTE = 60  # seconds between two runs of the job
PROCESSORS = 256 / 1769  # the share of a CPU that Lambda gives 256 MB; 1,769 MB get a whole one
REQUEST = 0.02  # seconds allowed for DynamoDB and the network per request
SETTINGS = Path(__file__).parent.parent / "zappa_settings.json"


def figures() -> list[Figure]:
    with servers.dynamodb() as url:
        servers.be_the_site(url)
        entries, cpu, requests = one_run()
    limit = json.loads(SETTINGS.read_text())["prod"]["timeout_seconds"]
    seconds = cpu / PROCESSORS + requests * REQUEST
    note = f"{entries:,} entries, {1e6 * cpu / entries:.0f} µs of CPU each, {requests} requests"
    per_minute = SIGN_INS * 2 * MINUTE
    return [
        Figure("counting, a full run on 256 MB: seconds / the function's timeout", seconds / limit, "ratio", 1, note),
        Figure("counting: entries of a minute at 100 sign-ins a second / of a run", per_minute / entries, "ratio", 1),
    ]


def one_run() -> tuple[int, float, int]:
    """One run of the job with more to count than it can: the entries counted, CPU seconds, requests to DynamoDB."""
    from otp.dynamo.client import request_made
    from otp.stats import rollup

    fill()
    rollup.stats("24h")  # a warm-up: imports modules, opens connections, counts one piece
    made = []
    request_made.connect(listener := lambda **told: made.append(told["operation"]))
    before, start = kept(), time.process_time()
    _, done = rollup.roll_up()
    cpu = time.process_time() - start
    request_made.disconnect(listener)
    assert not done
    return kept() - before, cpu, len(made)


def kept() -> int:
    """The number of log entries in the stored counts."""
    from otp.clock import DAY
    from otp.models import Stat

    return sum(sum(day.outcomes.values()) for day in Stat.objects.filter(unit=DAY).order_by("start"))


def fill() -> None:
    """Write more log entries than one run counts, from an hour ago, at the rate of SIGN_INS."""
    from django.utils import timezone

    from otp.dynamo.operations import batch_put
    from otp.stats.ledger import PIECE
    from otp.stats.rollup import RUN

    begin = timezone.now() - timedelta(hours=1)
    size = PIECE * (RUN + 2)
    batch_put(*(attempt(number, begin + timedelta(seconds=number / (2 * SIGN_INS))) for number in range(size)))


def attempt(number: int, at: datetime) -> object:
    from otp.models import LogEntry, new_id

    sent = number % 2 == 0
    return LogEntry(
        entry_id=new_id(at),
        address=f"first.last{number // 2}@example.com",
        outcome="otp_sent" if sent else "otp_verified",
        channel="email",
        flow="page",
        ip_hash=f"{number // 2:032}",
        user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0",
        took=None if sent else 20 + number % 50,
        created_at=at,
        expires_at=at + timedelta(days=90),
    )
