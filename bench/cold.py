"""Cold start: a fresh process to its first answer, a wrong code's, in seconds of CPU.

The warm-up leaves bytecode behind for all the starts that count, as it lies in the zip.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import median

from .figures import Figure

ROOT = Path(__file__).parent.parent
STARTS = 15
FIRST_ANSWER = """
import json, sys, time
from bench.contestants import CONTESTANTS
CONTESTANTS[sys.argv[1]]().run("wrong")
print(json.dumps(time.process_time()))
"""


def start(name: str) -> float:
    """Seconds of CPU from nothing to an answer, the interpreter's own start among them."""
    return float(json.loads(run(name).stdout.splitlines()[-1]))


def run(name: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {each: value for each, value in os.environ.items() if each != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", *options, "-c", FIRST_ANSWER, name],
        cwd=ROOT,
        env={**environment, "PYTHONPYCACHEPREFIX": str(ROOT / "build" / "bytecode")},
        check=True,
        capture_output=True,
        text=True,
    )


def figures(starts: int = STARTS) -> list[Figure]:
    for name in ("ours", "naive"):
        start(name)
    taken = [{name: start(name) for name in ("ours", "naive")} for _ in range(starts)]
    ratio = median(each["ours"] / each["naive"] for each in taken)
    ms = {name: median(each[name] for each in taken) * 1000 for name in ("ours", "naive")}
    note = f"{ms['ours']:.0f} ms against {ms['naive']:.0f} ms here; {starts} starts each, one warm-up, medians"
    return [Figure("cold start to a first answer: ours / naive", ratio, "ratio", 1.6, note), *shares()]


def shares() -> list[Figure]:
    """What the time of importing is made of: the share of each package, its own modules alone."""
    spent: Counter[str] = Counter()
    for line in run("ours", "-X", "importtime").stderr.splitlines():
        if found := re.match(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\w+)", line):
            spent[found[2]] += int(found[1])
    whole = spent.total()
    return [Figure(f"imports of a cold start: {name}", took / whole, "share") for name, took in spent.most_common(8)]
