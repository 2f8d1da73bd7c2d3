"""The report on the mutants: the table, the survivors, and whether the score is good enough."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

KILLED, SURVIVED, OUT_OF_TIME = "killed", "survived", "killed by a time limit"
ENOUGH = 0.95
ACCEPTED = Path(__file__).parent / "accepted.toml"

Key = tuple[str, str, str]  # a module, and the lines that differ: before and after


class Judged(Protocol):
    """The part of a mutant that the report needs."""

    @property
    def module(self) -> str: ...
    @property
    def change(self) -> tuple[str, str]: ...


def accepted(path: Path = ACCEPTED) -> dict[Key, str]:
    """The accepted survivors with their reasons. Raises KeyError if a reason or its mutant is missing."""
    entries = tomllib.loads(path.read_text()).get("mutant", [])
    return {(entry["module"], entry["was"], entry["now"]): entry["reason"] for entry in entries}


def key(mutant: Judged) -> Key:
    return (mutant.module, *mutant.change)


def stale(reasons: Mapping[Key, str], existing: Iterable[Judged], verdicts: Iterable[tuple[Judged, str]]) -> list[Key]:
    """Reasons whose mutant no longer exists, or is killed by a test."""
    survived: dict[Key, bool] = {}
    for mutant, verdict in verdicts:  # the same line twice may have both verdicts
        survived[key(mutant)] = survived.get(key(mutant), False) or verdict == SURVIVED
    known = {key(mutant) for mutant in existing}
    return [each for each in reasons if each not in known or not survived.get(each, True)]


def scores(reasons: Mapping[Key, str], verdicts: Iterable[tuple[Judged, str]]) -> dict[str, Counter[str]]:
    """By module, the number of its mutants: all, killed, timed out, and accepted survivors."""
    found: dict[str, Counter[str]] = {}
    for mutant, verdict in verdicts:
        counts = found.setdefault(mutant.module, Counter())
        counts["all"] += 1
        counts["killed"] += verdict != SURVIVED
        counts["out of time"] += verdict == OUT_OF_TIME
        counts["accepted"] += verdict == SURVIVED and key(mutant) in reasons
    return found


def score(counts: Mapping[str, int]) -> float:
    """The share of mutants that are killed or accepted."""
    return (counts["killed"] + counts["accepted"]) / counts["all"]


def table(found: Mapping[str, Counter[str]]) -> Iterator[str]:
    yield f"{'module':<28}{'killed':>10}{'of':>7}{'out of time':>13}{'accepted':>10}{'score':>9}"
    rows = {**found, "all": sum(found.values(), Counter())}
    for name, counts in rows.items():
        numbers = f"{counts['killed']:>10}{counts['all']:>7}{counts['out of time']:>13}{counts['accepted']:>10}"
        yield f"{name:<28}{numbers}{score(counts):>9.1%}"
