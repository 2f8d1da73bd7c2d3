"""Whether the admin's list, the analytics, a send or an attempt gets slower as the log grows, on DynamoDB Local."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from . import servers
from .figures import Figure

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "1000,100000,1000000").split(",")]
CALLS = 5  # plus a warm-up: a code allows six attempts
MOST, STEP = 1_000_000, 7919  # entries of a full log; the next entry is so many places before the last one
APART = timedelta(days=30) / MOST
PIECE = 50_000  # log entries that are counted at once
AT_ONCE = 500  # log entries that a thread writes in one task


def figures() -> list[Figure]:
    with servers.dynamodb() as url:
        servers.be_the_site(url)
        from django.utils import timezone

        meter, found, size = Meter(), {}, 0
        log = Log(timezone.now() - timedelta(hours=2))
        for wanted in SIZES:
            log.fill(size, wanted)
            size = wanted
            log.count(size)
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


class Log:
    """The entries of the log, spread over the thirty days until `end`."""

    def __init__(self, end: datetime) -> None:
        self.end = end

    def entry(self, number: int) -> Any:
        """An entry; the first thousand are spread over all thirty days, as the first million are."""
        from otp.models import LogEntry, new_id

        at = self.end - APART * (number * STEP % MOST)
        return LogEntry(
            entry_id=new_id(at),
            address=f"person{number % 5000}@example.com",
            outcome=("otp_sent", "otp_verified", "otp_invalid")[number % 3],
            channel="email",
            flow="page",
            ip_hash=f"{number % 1000:032}",
            user_agent="bench",
            took=20 if number % 3 == 1 else None,
            created_at=at,
            expires_at=at + timedelta(days=90),
        )

    def fill(self, size: int, wanted: int) -> None:
        """Let the log grow from `size` to `wanted` entries."""
        from otp.dynamo.operations import batch_put

        def write(start: int) -> None:
            batch_put(*(self.entry(number) for number in range(start, min(start + AT_ONCE, wanted))))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(size, wanted, AT_ONCE)))

    def count(self, size: int) -> None:
        """Count all again, because `fill` also writes entries that are older than those already counted.

        These aren't read from DynamoDB Local, which at a million takes a second for each Query; later ones are.
        """
        from otp.stats.counts import pieces
        from otp.stats.ledger import Ledger
        from otp.stats.rollup import recount, roll_up

        recount(self.end - timedelta(days=31))
        ledger = Ledger(self.end)
        for piece in pieces(self.in_order(size), self.end, PIECE):
            ledger.store(piece)
        roll_up()

    def in_order(self, size: int) -> Iterator[Any]:
        """The first `size` entries, oldest first."""
        number_of = pow(STEP, -1, MOST)
        numbers = (steps * number_of % MOST for steps in reversed(range(MOST)))
        return (self.entry(number) for number in numbers if number < size)


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
        requests, units, cpu = zip(*taken, strict=True)
        return {"requests": median(requests), "capacity units": median(units), "CPU": min(cpu)}


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
