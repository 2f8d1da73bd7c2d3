"""Cold start: CPU seconds from a new process to its first response, which refuses a wrong code.

An unmeasured first start writes the bytecode, because the zip contains bytecode too.
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
from bench.aws import Stub
from bench.contestants import CONTESTANTS
CONTESTANTS[sys.argv[1]](Stub()).run("wrong")
print(json.dumps(time.process_time()))
"""


def start(name: str) -> float:
    """CPU seconds until the first response, including the start of the interpreter."""
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
    return [Figure("cold start to a first answer: ours / naive", ratio, "ratio", 1.5, note), *shares()]


def shares() -> list[Figure]:
    """The share of the import time that each top-level package takes, without what it imports."""
    spent: Counter[str] = Counter()
    for line in run("ours", "-X", "importtime").stderr.splitlines():
        if found := re.match(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\w+)", line):
            spent[found[2]] += int(found[1])
    whole = spent.total()
    return [Figure(f"imports of a cold start: {name}", took / whole, "share") for name, took in spent.most_common(8)]
