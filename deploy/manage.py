"""Run a management command on the deployed function: `python -m deploy.manage STAGE staff add you@otp.example`.

The function runs the commands that `otpsite/jobs.py` lists, and no other. Its output is printed, its status is ours.
"""

import json
import shlex
import sys
from typing import Any

import boto3

from .stage import Stage


def main() -> None:
    stage, *words = sys.argv[1:]
    if not words:
        raise SystemExit(__doc__)
    raise SystemExit(run(Stage.load(stage), shlex.join(words)))


def run(stage: Stage, command: str) -> int:
    """The exit status of the command. Raises SystemExit with the reason if the function didn't run it."""
    client = boto3.client("lambda", stage.region)
    answer = client.invoke(FunctionName=stage.function, Payload=json.dumps({"manage": command}))
    payload: Any = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise SystemExit(f"The function didn't run it: {payload['errorMessage']}")
    print(payload["output"], end="")
    return payload["status"]


if __name__ == "__main__":
    main()
