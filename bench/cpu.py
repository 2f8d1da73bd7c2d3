"""CPU per send and per try: this project, a hand-written function and django-allauth, round by round."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median

from .contestants import CONTESTANTS
from .figures import Figure

VERBS = ("send", "wrong", "right")
WARM_UP, ROUNDS, CALLS = 50, 30, 20
TARGETS = {("wrong", "naive"): 1.2, ("right", "naive"): 1.8, ("wrong", "allauth"): 0.35, ("right", "allauth"): 0.35}

contestant = None


def prepare(name: str) -> None:
    """In the contestant's own process: import it, and make what it keeps."""
    global contestant
    contestant = CONTESTANTS[name]()


def measure(verb: str, calls: int) -> float:
    """Seconds of CPU per call, the median."""
    return median(contestant.run(verb) for _ in range(calls))


def figures(rounds: int = ROUNDS, calls: int = CALLS, warm_up: int = WARM_UP) -> list[Figure]:
    """Each round asks all of them in turn, so that whatever else the machine does, it does to all."""
    spawn = get_context("spawn")
    pools = {name: ProcessPoolExecutor(1, spawn, prepare, (name,)) for name in CONTESTANTS}
    found = []
    for verb in VERBS:
        for pool in pools.values():
            pool.submit(measure, verb, warm_up).result()
        taken = [
            {name: pool.submit(measure, verb, calls).result() for name, pool in pools.items()} for _ in range(rounds)
        ]
        for other in ("naive", "allauth"):
            ratio = median(each["ours"] / each[other] for each in taken)
            ms = {name: median(each[name] for each in taken) * 1000 for name in ("ours", other)}
            note = f"{ms['ours']:.2f} ms against {ms[other]:.2f} ms here; {rounds} rounds of {calls} calls, medians"
            found.append(Figure(f"CPU per {verb}: ours / {other}", ratio, "ratio", TARGETS.get((verb, other)), note))
    for pool in pools.values():
        pool.shutdown()
    return found
