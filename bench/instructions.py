"""Instructions per send and per attempt, counted by valgrind. Unlike times, they repeat on a busy machine.

They leave out the kernel, and how long an instruction takes, as when it waits for memory. So `bench.cpu` measures times
as well. Without valgrind there are no figures. Valgrind runs `python -m bench.instructions contestants Ours Stub send`.
"""

import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import aws
from .contestants import READ
from .cpu import TARGETS, VERBS
from .figures import Figure

ROOT = Path(__file__).parent.parent
WARM_UP, CALLS = 10, 20
MARK = "getpriority"  # a system call that nothing else makes: valgrind writes down its count before each
COUNTED = [("Ours", "Stub"), ("Naive", "Stub"), ("Allauth", "Stub"), ("Ours", "Server"), ("Naive", "Server")]

Counts = dict[str, float]


def figures() -> list[Figure]:
    if not shutil.which("valgrind"):
        return []
    with ThreadPoolExecutor(2) as pool:
        counts = dict(zip(COUNTED, pool.map(counted, *zip(*COUNTED, strict=True)), strict=True))
    # It sends a code before each attempt, and its mail is read before a right one.
    allauth = counts["Allauth", "Stub"]
    allauth["wrong"] -= allauth["send"]
    allauth["right"] -= allauth[READ]
    return [
        *compared("", counts["Ours", "Stub"], counts["Naive", "Stub"], "naive"),
        *compared("", counts["Ours", "Stub"], allauth, "allauth"),
        *compared(" over sockets", counts["Ours", "Server"], counts["Naive", "Server"], "naive"),
    ]


def compared(how: str, ours: Counts, theirs: Counts, other: str) -> Iterable[Figure]:
    for verb in VERBS:
        note = f"{ours[verb] / 1e6:.2f} million against {theirs[verb] / 1e6:.2f} million"
        name = f"instructions per {verb}{how}: ours / {other}"
        yield Figure(name, ours[verb] / theirs[verb], "ratio", TARGETS.get((verb, other)), note)


def counted(name: str, network: str, *verbs: str, module: str = "contestants") -> Counts:
    """The instructions of one call by verb, of a contestant."""
    verbs = verbs or (*VERBS, *([READ] if name == "Allauth" else []))
    with TemporaryDirectory() as folder:
        valgrind = ["valgrind", "--tool=callgrind", f"--dump-before={MARK}", f"--callgrind-out-file={folder}/out"]
        subprocess.run(
            [*valgrind, sys.executable, "-W", "ignore", "-m", "bench.instructions", module, name, network, *verbs],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            check=True,
            capture_output=True,
        )
        # Each verb is between two marks, so its count is in every second file.
        totals = [total(Path(folder, f"out.{2 * n}")) for n in range(1, len(verbs) + 1)]
    return {verb: whole / CALLS for verb, whole in zip(verbs, totals, strict=True)}


def total(file: Path) -> int:
    found = re.search(r"^totals: (\d+)", file.read_text(errors="replace"), re.MULTILINE)
    assert found, file
    return int(found[1])


def main(module: str, name: str, network: str, *verbs: str) -> None:
    contestant: Any = getattr(importlib.import_module(f"bench.{module}"), name)(getattr(aws, network)())
    for verb in verbs:
        for _ in range(WARM_UP):
            contestant.run(verb)
        os.getpriority(os.PRIO_PROCESS, 0)
        for _ in range(CALLS):
            contestant.run(verb)
        os.getpriority(os.PRIO_PROCESS, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
