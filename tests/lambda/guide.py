"""The commands of docs/deploy.md, except those that it marks as needing the real AWS."""

import os
import re
import subprocess
import sys
from pathlib import Path

from deploy.stage import ROOT

BIN = Path(sys.executable).parent
BLOCKS = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "deploy.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
CERTIFICATE = "arn:aws:acm:ap-southeast-2:123456789012:certificate/1"


def run(block: str) -> None:
    """Run a block of commands as a person would. Fails with its errors."""
    command = ["bash", "-euo", "pipefail", "-c", block]
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "CERTIFICATE": CERTIFICATE}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, block + done.stderr


def run_the_one_with(words: str) -> None:
    (block,) = [each for each in BLOCKS if words in each]
    run(block)
