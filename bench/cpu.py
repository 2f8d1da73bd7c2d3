"""CPU per send and per attempt: this project, a hand-written function and django-allauth, in alternating rounds.

Once with AWS stubbed below botocore, and once over sockets, which each request to AWS pays for. django-allauth has its
data in SQLite in memory; `bench.throughput` compares with PostgreSQL too.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median

from .aws import Server, Stub
from .contestants import CONTESTANTS, Aws
from .figures import Figure

VERBS = ("send", "wrong", "right")
WARM_UP, ROUNDS, CALLS = 50, 30, 20
TARGETS = {
    ("wrong", "naive"): 1.2,
    ("right", "naive"): 1.4,
    ("send", "naive"): 2.2,
    ("wrong", "allauth"): 0.6,
    ("right", "allauth"): 0.35,
    ("send", "allauth"): 0.8,
}

contestant = None


def prepare(name: str, aws: type[Aws]) -> None:
    """Create the contestant, in its own process."""
    global contestant
    contestant = CONTESTANTS[name](aws())


def measure(verb: str, calls: int) -> float:
    """The median CPU seconds per call."""
    return median(contestant.run(verb) for _ in range(calls))


def figures() -> list[Figure]:
    return [*compared(Stub, "", ("naive", "allauth")), *compared(Server, " over sockets", ("naive",))]


def compared(
    aws: type[Aws],
    how: str,
    others: Sequence[str],
    *,
    rounds: int = ROUNDS,
    calls: int = CALLS,
    warm_up: int = WARM_UP,
) -> list[Figure]:
    """Each round measures every contestant in turn, so that other load on the machine affects all of them."""
    spawn = get_context("spawn")
    pools = {name: ProcessPoolExecutor(1, spawn, prepare, (name, aws)) for name in ("ours", *others)}
    found = []
    for verb in VERBS:
        for pool in pools.values():
            pool.submit(measure, verb, warm_up).result()
        taken = [
            {name: pool.submit(measure, verb, calls).result() for name, pool in pools.items()} for _ in range(rounds)
        ]
        for other in others:
            ratios = sorted(each["ours"] / each[other] for each in taken)
            ratio, low, high = median(ratios), ratios[len(ratios) // 10], ratios[-len(ratios) // 10]
            note = f"{low:.2f} to {high:.2f} in eight tenths of {rounds} rounds of {calls} calls"
            found.append(
                Figure(f"CPU per {verb}{how}: ours / {other}", ratio, "ratio", TARGETS.get((verb, other)), note)
            )
    for pool in pools.values():
        pool.shutdown()
    return found
