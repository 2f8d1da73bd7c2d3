"""Whether the admin's list, the analytics, a send or an attempt gets slower as the log grows, on DynamoDB Local."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median
from typing import Any
from unittest.mock import patch

from . import servers
from .figures import Figure

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "1000,100000,1000000").split(",")]
CALLS = 5  # plus a warm-up: a code allows six attempts
PIECE = 50_000  # log entries that are counted at once
AT_ONCE = 500  # log entries that a thread writes in one task


def figures() -> list[Figure]:
    with servers.dynamodb() as url:
        servers.be_the_site(url)
        meter, found, size = Meter(), {}, 0
        for wanted in SIZES:
            fill(size, wanted)
            size = wanted
            count()
            found[size] = {name: meter.measure(act) for name, act in acts().items()}
    return [
        Figure(f"growth, {name}: {kind} at {SIZES[-1]:,} attempts / at {first(kind):,}", *ratio(found, name, kind))
        for name in found[size]
        for kind in ("requests", "capacity units", "CPU")
    ]


def first(kind: str) -> int:
    """The size that the last one is compared with.

    For capacity units it is the last but one, at which the lists of those who failed most in an hour are full: 50
    addresses and 50 networks, which the analytics page reads. Until then its units grow with the log.
    """
    return SIZES[-2:][0] if kind == "capacity units" else SIZES[0]


def ratio(found: Any, name: str, kind: str) -> tuple[float, str, float, str]:
    """Requests may not grow, units by a fifth. CPU time may grow by half, since other processes disturb it."""
    few, many = found[first(kind)][name][kind], found[SIZES[-1]][name][kind]
    counts = ", ".join(f"{found[size][name][kind]:.3g}" for size in SIZES)
    return (
        many / few,
        "ratio",
        {"CPU": 1.5, "capacity units": 1.2, "requests": 1}[kind],
        f"{counts} at {SIZES}",
    )


def count() -> None:
    """Bring the analytics up to date. Recounts, because `fill` also writes entries older than those already counted.

    It counts in larger pieces than the job does, because DynamoDB Local reads an index from its start for each Query.
    """
    from django.utils import timezone

    from otp.stats import ledger
    from otp.stats.rollup import recount, roll_up

    recount(timezone.now() - timedelta(days=31))
    with patch.object(ledger, "PIECE", PIECE):
        while not roll_up()[1]:
            pass


class Meter:
    """Counts requests to DynamoDB, and the capacity units that it reports."""

    def __init__(self) -> None:
        from otp.dynamo.client import client

        self.requests, self.units = 0, 0.0
        events = client().meta.events
        events.register("provide-client-params.dynamodb", self.ask)
        events.register("after-call.dynamodb", self.note)

    def ask(self, params: Any, model: Any, **kwargs: Any) -> None:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params["ReturnConsumedCapacity"] = "TOTAL"

    def note(self, parsed: Any, model: Any, **kwargs: Any) -> None:
        self.requests += 1
        consumed = parsed.get("ConsumedCapacity") or []
        told = consumed if isinstance(consumed, list) else [consumed]
        self.units += sum(each["CapacityUnits"] for each in told)

    def measure(self, act: Callable[[], Any]) -> dict[str, float]:
        act()  # a warm-up: imports modules and opens connections
        taken: list[tuple[int, float, float]] = []
        for _ in range(CALLS):
            self.requests, self.units, start = 0, 0.0, time.process_time()
            act()
            taken.append((self.requests, self.units, time.process_time() - start))
        requests, units, cpu = (median(each) for each in zip(*taken, strict=True))
        return {"requests": requests, "capacity units": units, "CPU": cpu}


def acts() -> dict[str, Callable[[], Any]]:
    from itertools import count

    from django.test import Client

    from otp.accounts import staff
    from otp.models import Account

    boss = staff.appoint_by_command("staff@example.com", Account.Role.VIEWER)
    host = {"host": "localhost"}
    admin, program, numbers = Client(headers=host), Client(headers=host), count(time.time_ns())
    admin.force_login(Account.objects.get(pk=boss))

    def post(body: Any, status: int) -> None:
        caller = f"198.51.{next(numbers) % 100}.7"  # varies, so that no network uses up its quota
        answered = program.post("/otp", body, content_type="application/json", REMOTE_ADDR=caller)
        assert answered.status_code == status, answered.content

    def page(path: str) -> None:
        assert admin.get(path).status_code == 200

    tried = f"tried{next(numbers)}@example.com"
    post({"action": "send_otp", "email": tried}, 200)
    return {
        "admin's list": lambda: page("/admin/otp/logentry/"),
        "analytics": lambda: page("/admin/analytics/"),
        "send": lambda: post({"action": "send_otp", "email": f"person{next(numbers)}@example.com"}, 200),
        "wrong code": lambda: post({"action": "verify_otp", "email": tried, "otp": "no code"}, 401),
    }


def fill(size: int, wanted: int) -> None:
    """Let the log grow from `size` to `wanted` entries, spread over the thirty days until two hours ago."""
    from django.utils import timezone

    from otp.dynamo.operations import batch_put
    from otp.models import LogEntry, new_id

    now = timezone.now() - timedelta(hours=2)
    apart = timedelta(days=30) / SIZES[-1]
    outcomes = ("otp_sent", "otp_verified", "otp_invalid")

    def write(start: int) -> None:
        made = []
        for number in range(start, min(start + AT_ONCE, wanted)):
            at = now - apart * (number * 7919 % SIZES[-1])  # spreads every size over all thirty days
            made.append(
                LogEntry(
                    entry_id=new_id(at),
                    address=f"person{number % 5000}@example.com",
                    outcome=outcomes[number % 3],
                    channel="email",
                    flow="page",
                    ip_hash=f"{number % 1000:032}",
                    user_agent="bench",
                    took=20 if number % 3 == 1 else None,
                    created_at=at,
                    expires_at=at + timedelta(days=90),
                )
            )
        batch_put(*made)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(size, wanted, AT_ONCE)))
