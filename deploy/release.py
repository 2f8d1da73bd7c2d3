"""Bring a packaged stage into the account: `python -m deploy.release STAGE`.

The tables, the function and its gateway, then a look at the deployed site. What is there is changed, the rest made.
"""

import argparse
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

import boto3
from botocore.exceptions import ClientError

from .stage import ROOT, Stage

PACKAGE = ROOT / "build" / "lambda.zip"
STACK = ROOT / "build" / "stack.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage")
    parser.add_argument("--undeploy", action="store_true", help="remove function and gateway; tables and logs stay")
    parser.add_argument("--provision", action="store_true", help="make what build/stack.json describes, and no more")
    options = parser.parse_args()
    stage = Stage.load(options.stage)
    if options.undeploy:
        zappa(stage, "undeploy", "--yes")
    elif options.provision:
        provision(stage)
    else:
        release(stage)
        look(address(stage))


def provision(stage: Stage, template: Path = STACK) -> None:
    """Make the stack, or change what of it has changed; then say what it has to tell."""
    name = f"{stage.function}-base"
    cloudformation = (Path(sys.executable).parent / "aws", "cloudformation")
    here = ("--stack-name", name, "--region", stage.region)
    run(
        *(*cloudformation, "deploy", "--template-file", template, *here),
        *("--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset"),
    )
    run(*cloudformation, "describe-stacks", *here, "--query", "Stacks[0].Outputs", "--output", "table")


def release(stage: Stage) -> None:
    if not PACKAGE.exists():
        raise SystemExit("There is no build/lambda.zip. Run `make package` first.")
    manage(stage, "check", "--deploy", "--fail-level", "WARNING")
    manage(stage, "dynamo_sync")
    zappa(stage, "update" if is_deployed(stage) else "deploy", "--zip", PACKAGE)


def is_deployed(stage: Stage) -> bool:
    try:
        boto3.client("lambda", stage.region).get_function(FunctionName=stage.function)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise
    return True


def address(stage: Stage) -> str:
    """Where the deployed site answers: its domain if it has one, else API Gateway's own address."""
    if domain := stage.settings.get("domain"):
        return f"https://{domain}/"
    stack = boto3.client("cloudformation", stage.region).describe_stack_resource(
        StackName=stage.function, LogicalResourceId="Api"
    )
    api = stack["StackResourceDetail"]["PhysicalResourceId"]
    return f"https://{api}.execute-api.{stage.region}.amazonaws.com/{stage.name}/"


def look(site: str) -> None:
    """Ask the deployed site for its health, and for its first page with a file of it. Raises on any that fails."""
    for path in ("healthz", ""):
        with urllib.request.urlopen(site + path, timeout=30) as answer:  # noqa: S310 - an https address of our own
            page = answer.read().decode()
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    with urllib.request.urlopen(urljoin(site, style), timeout=30) as answer:  # noqa: S310
        answer.read()
    print(f"{site} is up")


def manage(stage: Stage, *words: str) -> None:
    """A management command with the stage's own environment, and the credentials of whoever runs this."""
    live = {"OTP_LOCAL": "0", "STAGE": stage.name, "AWS_DEFAULT_REGION": stage.region, **stage.environment}
    run(sys.executable, ROOT / "manage.py", *words, env=os.environ | live)


def zappa(stage: Stage, verb: str, *options: object) -> None:
    """Zappa's own command line. It looks for a virtual environment, and for our callback."""
    environment = {"VIRTUAL_ENV": sys.prefix, "PYTHONPATH": str(ROOT), "AWS_DEFAULT_REGION": stage.region}
    run(Path(sys.executable).parent / "zappa", verb, stage.name, *options, env=os.environ | environment)


def run(*command: object, **options: object) -> None:
    """Raises SystemExit with the command that failed; what it printed stands above."""
    try:
        subprocess.run([str(word) for word in command], check=True, cwd=ROOT, **options)  # type: ignore[call-overload]
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"This failed: {' '.join(error.cmd)}") from None


if __name__ == "__main__":
    main()
