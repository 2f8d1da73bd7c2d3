"""Beyond one machine: a day of a thousand sign-ins a second against what DynamoDB allows one partition, simulated.

What a sign-in writes is not assumed: it is measured, by table and index.
A partition key takes 1,000 write units a second, as AWS publishes; bursts that DynamoDB may lend are not counted on.
`python -m bench.scale` prints the table of docs/scale.md.
"""

import functools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from . import bill, servers
from .figures import Figure
from .units import Meter

PARTITION = 1000  # write units a second, for one key
RATES = (1, 10, 100, 1000)  # sign-ins a second, over the day
PEAK, TROUGH = 1.8, 0.3  # of the mean, by day and by night
CALLS, SECONDS = 2, 0.05  # Lambda calls of a sign-in, and how long each takes
BUSIEST = 600  # seconds around the peak that are looked at one by one; of the others one a minute
DAY = 86_400


@dataclass(frozen=True)
class Load:
    """Write units of one sign-in on the keys of one index or table. Unsharded: a key of their own for each person."""

    name: str
    units: float
    sharded: bool


@functools.cache
def measured() -> dict[str, list[Load]]:
    """What a sign-in by the API and a wrong code write, measured on DynamoDB Local. This process becomes the site."""
    with servers.dynamodb() as url:
        servers.be_the_site(url)
        sign_in = bill.units_of(bill.by_api)
        wrong = bill.units_of(bill.guess_wrongly, before=bill.send)
    return {"sign-in": loads(sign_in), "wrong code": loads(wrong)}


def loads(meter: Meter) -> list[Load]:
    return [Load(name, units, is_sharded(name)) for name, units in sorted(meter.writes.items())]


def is_sharded(name: str) -> bool:
    """Whether an index of that name finds items by one of a few shards."""
    from django.apps import apps

    from otp.dynamo.fields import PartitionField

    indexes = ((model, index) for model in apps.get_models() for index in model._meta.indexes if index.name == name)
    return any(isinstance(model._meta.get_field(index.fields[0]), PartitionField) for model, index in indexes)


def busy_seconds(rate: float) -> Iterator[int]:
    """Sign-ins in each second that is looked at: the day's rhythm, and chance."""
    chance = random.Random(7)  # noqa: S311 - the same day each time
    peak_at = DAY / 2
    for second in range(DAY):
        if abs(second - peak_at) > BUSIEST / 2 and second % 60:
            continue
        wave = (1 + math.cos(2 * math.pi * (second - peak_at) / DAY)) / 2
        mean = rate * (TROUGH + (PEAK - TROUGH) * wave)
        yield max(round(chance.gauss(mean, math.sqrt(mean))), 0)


def throttled(load: Load, rate: float, shards: int) -> float:
    """The share of those seconds in which some shard of this is asked for more than a partition takes."""
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
    """The fewest OTP_LOG_SHARDS with which nothing of this is throttled."""
    shards = max(1, math.ceil(rate * PEAK * load.units / PARTITION))
    while throttled(load, rate, shards):
        shards += 1
    return shards


def most_a_second(load: Load) -> float:
    """Sign-ins a second that one shard takes."""
    return PARTITION / load.units


def table() -> str:
    """As docs/scale.md has it."""
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
    """Write units of a sign-in on the sign-in log and its indexes: the table that is written most."""
    return sum(load.units for load in found if load.name in ("otp_log", "by_time", "by_failure"))


def attack(*, shared: bool) -> float:
    """Wrong codes a second at one address, from many networks, until a key of its own is throttled.

    `shared`: until one of the log's listings is, in which each attempt is a line: everybody's, with one shard.
    """
    return PARTITION / max(load.units for load in measured()["wrong code"] if load.sharded == shared)


def figures() -> list[Figure]:
    """A thousand sign-ins a second for a day."""
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
        Figure("one address attacked: tries a second that its own keys take", attack(shared=False), "tries"),
        Figure("one address attacked: tries a second that one shard of the log takes", attack(shared=True), "tries"),
    ]


if __name__ == "__main__":
    print(table())
