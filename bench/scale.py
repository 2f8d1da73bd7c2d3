"""A simulation of a day with up to a thousand sign-ins a second against DynamoDB's limit per partition.

The write units of a sign-in are measured, by table and index. AWS documents 1,000 write units a second per partition
key; the simulation doesn't rely on burst capacity.
`python -m bench.scale` prints the table of docs/scale.md.
"""

import functools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from . import servers, signins
from .figures import Figure
from .units import Meter

PARTITION = 1000  # write units a second per partition key
RATES = (1, 10, 100, 1000)  # sign-ins a second, the mean of the day
PEAK, TROUGH = 1.8, 0.3  # multiples of the mean rate, by day and by night
CALLS, SECONDS = 2, 0.05  # Lambda calls per sign-in, and the seconds that each takes
BUSIEST = 600  # seconds around the peak that are all simulated; of the others, one a minute is
DAY = 86_400


@dataclass(frozen=True)
class Load:
    """Write units of one sign-in on one table or index. If it isn't sharded, each user has their own partition key."""

    name: str
    units: float
    sharded: bool


@functools.cache
def measured() -> dict[str, list[Load]]:
    """The write units of a sign-in by API and of a wrong code, on DynamoDB Local. Sets up Django in this process."""
    with servers.dynamodb() as url:
        servers.be_the_site(url)
        sign_in = signins.units_of(signins.by_api)
        wrong = signins.units_of(signins.guess_wrongly, before=signins.send)
    return {"sign-in": loads(sign_in), "wrong code": loads(wrong)}


def loads(meter: Meter) -> list[Load]:
    return [Load(name, units, is_sharded(name)) for name, units in sorted(meter.writes.items())]


def is_sharded(name: str) -> bool:
    """Whether the partition key of the index is a shard number."""
    from django.apps import apps

    from otp.dynamo.fields import PartitionField

    indexes = ((model, index) for model in apps.get_models() for index in model._meta.indexes if index.name == name)
    return any(isinstance(model._meta.get_field(index.fields[0]), PartitionField) for model, index in indexes)


def busy_seconds(rate: float) -> Iterator[int]:
    """The number of sign-ins in each simulated second, from the time of day and chance."""
    chance = random.Random(7)  # noqa: S311 - the same day each time
    peak_at = DAY / 2
    for second in range(DAY):
        if abs(second - peak_at) > BUSIEST / 2 and second % 60:
            continue
        wave = (1 + math.cos(2 * math.pi * (second - peak_at) / DAY)) / 2
        mean = rate * (TROUGH + (PEAK - TROUGH) * wave)
        yield max(round(chance.gauss(mean, math.sqrt(mean))), 0)


def throttled(load: Load, rate: float, shards: int) -> float:
    """The share of the simulated seconds in which a shard gets more write units than a partition takes."""
    if not load.sharded:
        return 0.0
    chance, over, seconds = random.Random(11), 0, 0  # noqa: S311
    for sign_ins in busy_seconds(rate):
        share = sign_ins / shards
        spread = math.sqrt(share * (1 - 1 / shards))
        fullest = max(chance.gauss(share, spread) for _ in range(shards))
        over += fullest * load.units > PARTITION
        seconds += 1
    return over / seconds


def shards_needed(load: Load, rate: float) -> int:
    """The smallest OTP_LOG_SHARDS with which this load is never throttled."""
    shards = max(1, math.ceil(rate * PEAK * load.units / PARTITION))
    while throttled(load, rate, shards):
        shards += 1
    return shards


def most_a_second(load: Load) -> float:
    """The most sign-ins a second that one shard takes."""
    return PARTITION / load.units


def table() -> str:
    """The table of docs/scale.md, in Markdown."""
    found = measured()["sign-in"]
    rows = ["| what fills first | write units a sign-in | one shard takes, a second |", "|---|---|---|"]
    sharded = sorted((load for load in found if load.sharded), key=lambda load: -load.units)
    rows += [f"| `{load.name}` | {load.units:g} | {most_a_second(load):.0f} sign-ins |" for load in sharded]
    head = ["sign-ins a second", *(f"{rate:,}" for rate in RATES)]
    by_table: dict[str, list[str]] = {
        "`OTP_LOG_SHARDS`": [str(max(shards_needed(load, rate) for load in sharded)) for rate in RATES],
        "write units a second at the peak, all tables": [f"{rate * PEAK * sum_of(found):,.0f}" for rate in RATES],
        "of it the busiest table with its indexes": [f"{rate * PEAK * busiest(found):,.0f}" for rate in RATES],
        "Lambda calls at the same time": [f"{math.ceil(rate * PEAK * CALLS * SECONDS):,}" for rate in RATES],
        "gateway requests a second": [f"{rate * PEAK * CALLS:,.0f}" for rate in RATES],
        "mails a second": [f"{rate * PEAK:,.0f}" for rate in RATES],
    }
    rows += ["", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    rows += [f"| {name} | {' | '.join(values)} |" for name, values in by_table.items()]
    return "\n".join(rows)


def sum_of(found: list[Load]) -> float:
    return sum(load.units for load in found)


def busiest(found: list[Load]) -> float:
    """The write units of a sign-in on the sign-in log and its indexes, which get the most writes."""
    return sum(load.units for load in found if load.name in ("otp_log", "by_time", "by_failure"))


def attack(*, shared: bool) -> float:
    """The wrong codes a second for one address, from many networks, at which DynamoDB starts to throttle.

    With `shared`, the limit of an index of the log with a single shard, which everyone's attempts share; otherwise
    that of the address's own keys.
    """
    return PARTITION / max(load.units for load in measured()["wrong code"] if load.sharded == shared)


def figures() -> list[Figure]:
    """The figures for a day with a thousand sign-ins a second."""
    rate, found = RATES[-1], measured()["sign-in"]
    sharded = [load for load in found if load.sharded]
    first = max(sharded, key=lambda load: load.units)
    shards = max(shards_needed(load, rate) for load in sharded)
    return [
        Figure("1,000 sign-ins a second: seconds throttled with one shard", throttled(first, rate, 1), "share"),
        Figure("1,000 sign-ins a second: fewest OTP_LOG_SHARDS", shards, "shards", note=first.name),
        Figure(
            "1,000 sign-ins a second: seconds throttled with so many",
            max(throttled(load, rate, shards) for load in sharded),
            "share",
            0,
        ),
        Figure("attack on one address: attempts a second that its own keys take", attack(shared=False), "attempts"),
        Figure("attack on one address: attempts a second that one shard takes", attack(shared=True), "attempts"),
    ]


if __name__ == "__main__":
    print(table())
