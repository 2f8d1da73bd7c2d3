"""Beyond one machine: a day of a thousand sign-ins a second against what DynamoDB allows one partition, simulated.

What a sign-in writes is not assumed: it is taken from the requests that this project makes, index by index.
A partition key takes 1,000 write units a second, as AWS publishes; bursts that DynamoDB may lend are not counted on.
`python -m bench.scale` prints the table of docs/scale.md.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .bill import REPLACED, columns, model_of
from .figures import Figure
from .flows import Counted

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


def loads(verbs: tuple[str, ...] = ("send", "right")) -> list[Load]:
    """What these calls write, from the requests that they make."""
    site = Counted()
    for verb in verbs:
        site.run(verb)
    spent: dict[tuple[str, bool], float] = {}
    for operation, request in site.noted:
        if operation in ("SendEmail", "BatchGetItem"):
            continue
        in_transaction = operation == "TransactWriteItems"
        writes = [pair for each in request["TransactItems"] for pair in each.items()] if in_transaction else []
        for kind, write in writes or [("Update" if operation == "UpdateItem" else "Put", request)]:
            for key in keys(kind, write):
                spent[key] = spent.get(key, 0) + (2 if in_transaction else 1)
    return [Load(name, units, sharded) for (name, sharded), units in sorted(spent.items())]


def keys(kind: str, write: Any) -> Iterator[tuple[str, bool]]:
    """The table and the indexes that a write reaches, each with whether its key is one of a few shards."""
    from otp.dynamo.fields import PartitionField

    model = model_of(write)
    yield model._meta.db_table, False
    for index in model._meta.indexes:
        hash_key = model._meta.get_field(index.fields[0])
        if kind == "Update" or all(write["Item"].get(column) for column in columns(model, index)):
            # The outcomes have shards of their own each; all e-mails share those of their channel.
            group = write["Item"]["outcome"]["S"] if kind == "Put" and index.name == "by_outcome" else ""
            for _ in range(2 if kind == "Put" and model.__name__ in REPLACED else 1):
                yield f"{index.name} {group}".strip(), isinstance(hash_key, PartitionField)


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
    found = loads()
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
    """Write units of a sign-in on the log of attempts and its indexes: the table that is written most."""
    return sum(load.units for load in found if load.name.startswith(("otp_attempts", "by_")) and load.name != "by_wait")


def attack(*, shared: bool) -> float:
    """Wrong tries a second at one address, from many networks, until a key of its own is throttled.

    `shared`: until one of the log's listings is, in which each try is a line: everybody's, with one shard.
    """
    return PARTITION / max(load.units for load in loads(("wrong",)) if load.sharded == shared)


def figures() -> list[Figure]:
    """A thousand sign-ins a second for a day."""
    rate, found = RATES[-1], loads()
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
