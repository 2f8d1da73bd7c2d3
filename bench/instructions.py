"""Instructions per send and per attempt, counted by valgrind. Unlike times, they repeat on a busy machine.

They leave out how long an instruction takes, above all waiting for memory, so `bench.cpu` measures times as well.
Without valgrind there are no figures. `python -m bench.instructions NAME` is what valgrind runs.
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from .contestants import CONTESTANTS
from .cpu import TARGETS, VERBS
from .figures import Figure

ROOT = Path(__file__).parent.parent
WARM_UP, CALLS = 10, 20
MARK = "getpriority"  # a system call that nothing else makes: valgrind writes down its count before each


def figures() -> list[Figure]:
    if not shutil.which("valgrind"):
        return []
    with ThreadPoolExecutor(2) as pool:
        counts = dict(zip(CONTESTANTS, pool.map(counted, CONTESTANTS), strict=True))
    for verb in ("wrong", "right"):
        counts["allauth"][verb] -= counts["allauth"]["send"]  # it sends a code before each attempt
    return [
        Figure(
            f"instructions per {verb}: ours / {other}",
            counts["ours"][verb] / counts[other][verb],
            "ratio",
            TARGETS.get((verb, other)),
            f"{counts['ours'][verb] / 1e6:.2f} million against {counts[other][verb] / 1e6:.2f} million",
        )
        for verb in VERBS
        for other in ("naive", "allauth")
    ]


def counted(name: str) -> dict[str, float]:
    """The instructions of one call by verb."""
    with TemporaryDirectory() as folder:
        valgrind = ["valgrind", "--tool=callgrind", f"--dump-before={MARK}", f"--callgrind-out-file={folder}/out"]
        subprocess.run(
            [*valgrind, sys.executable, "-W", "ignore", "-m", "bench.instructions", name],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            check=True,
            capture_output=True,
        )
        # Each verb is between two marks, so its count is in every second file.
        totals = [total(Path(folder, f"out.{2 * n}")) for n in range(1, len(VERBS) + 1)]
    return {verb: whole / CALLS for verb, whole in zip(VERBS, totals, strict=True)}


def total(file: Path) -> int:
    found = re.search(r"^totals: (\d+)", file.read_text(errors="replace"), re.MULTILINE)
    assert found, file
    return int(found[1])


def main(name: str) -> None:
    contestant = CONTESTANTS[name]()
    for verb in VERBS:
        for _ in range(WARM_UP):
            contestant.run(verb)
        os.getpriority(os.PRIO_PROCESS, 0)
        for _ in range(CALLS):
            contestant.run(verb)
        os.getpriority(os.PRIO_PROCESS, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
