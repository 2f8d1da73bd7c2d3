"""Run the mutation tests and print the score: for all mutants, or for some with `--sample 100 --seed 7`.

Exits with 1 when the score of a module (of a sample: of all) is under 95 %, or the list of accepted mutants is stale.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing import get_context

from .baseline import Baseline, import_libraries, measure
from .judging import judge
from .making import Mutant, mutants_of
from .report import ENOUGH, SURVIVED, accepted, key, score, scores, stale, table
from .session import be_quiet
from .targets import MODULES, ROOT

LAST = ROOT / "build" / "survivors.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", default=MODULES, metavar="module", help="of: " + ", ".join(MODULES))
    parser.add_argument("--sample", type=int, metavar="N", help="judge so many, chosen by chance")
    parser.add_argument("--seed", type=int, default=0, help="another number chooses others")
    parser.add_argument("--survivors", action="store_true", help="judge those that survived the last time")
    asked = parser.parse_args()
    os.chdir(ROOT)
    existing = [mutant for module in asked.modules for mutant in mutants_of(module)]
    chosen = existing
    if asked.survivors:
        last = {tuple(each) for each in json.loads(LAST.read_text())}
        chosen = [mutant for mutant in existing if key(mutant) in last]
    elif asked.sample:
        chosen = random.Random(asked.seed).sample(existing, min(asked.sample, len(existing)))  # noqa: S311
    verdicts = judged(chosen, asked.modules)
    return report(verdicts, existing, of_each=chosen is existing)


def judged(mutants: Sequence[Mutant], modules: Sequence[str]) -> list[tuple[Mutant, str]]:
    """The verdicts, computed in one process per core."""
    start = time.monotonic()
    baseline = measure(modules)
    print(f"{len(baseline.seconds)} tests in {time.monotonic() - start:.0f} s, then {len(mutants)} mutants", flush=True)
    import_libraries(baseline.libraries)
    found = []
    for mutant, verdict in _in_parallel(mutants, baseline, os.cpu_count() or 1):
        found.append((mutant, verdict))
        if verdict == SURVIVED:
            print(mutant, flush=True)
    print(f"{time.monotonic() - start:.0f} s in all\n")
    return found


def _in_parallel(mutants: Sequence[Mutant], baseline: Baseline, processes: int) -> Iterator[tuple[Mutant, str]]:
    context = get_context("fork")
    verdicts = context.SimpleQueue()

    def work(own: range) -> None:
        be_quiet()
        place = {mutants[n]: n for n in own}  # some come back from another process, as equal objects
        judge([mutants[n] for n in own], baseline, lambda mutant, verdict: verdicts.put((place[mutant], verdict)))

    workers = [context.Process(target=work, args=(range(n, len(mutants), processes),)) for n in range(processes)]
    for worker in workers:
        worker.start()
    for _ in mutants:
        while verdicts.empty():
            if any(worker.exitcode for worker in workers):
                raise RuntimeError("A process that judges mutants has failed")
            time.sleep(0.1)
        n, verdict = verdicts.get()
        yield mutants[n], verdict
    for worker in workers:
        worker.join()


def report(verdicts: list[tuple[Mutant, str]], existing: list[Mutant], *, of_each: bool) -> int:
    """Print the report. Returns the exit status."""
    reasons = accepted()
    survivors = [mutant for mutant, verdict in verdicts if verdict == SURVIVED]
    LAST.parent.mkdir(exist_ok=True)
    LAST.write_text(json.dumps([key(mutant) for mutant in survivors]))
    found = scores(reasons, verdicts)
    print(*table(found), sep="\n")
    for mutant in survivors:
        print(f"\n{mutant}\n    {reasons.get(key(mutant), 'NO REASON')}")
    modules = {mutant.module for mutant in existing}
    old = stale({each: reason for each, reason in reasons.items() if each[0] in modules}, existing, verdicts)
    for module, was, now in old:
        print(f"\nStale in accepted.toml: {module}\n    - {was}\n    + {now}")
    counted = found.values() if of_each else [sum(found.values(), Counter())]
    return int(bool(old) or any(score(counts) < ENOUGH for counts in counted))


if __name__ == "__main__":
    sys.exit(main())
