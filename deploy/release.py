"""Deploy a packaged stage: `python -m deploy.release STAGE`.

It creates or updates the tables, the function and its gateway, then checks the deployed site. If it is interrupted at
any point, it can be run again and continues.
"""

import argparse
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

import boto3

from .commandline import NotYet, zappa
from .manage import run as run_on_function
from .plan import show
from .stage import ROOT, Stage
from .states import (
    configuration,
    delete_stack,
    function_exists,
    is_deployed,
    remove_idle_rules,
    settle,
    settle_stack,
    stack_status,
    versions_of,
)

PACKAGE = ROOT / "build" / "lambda.zip"
STACK = ROOT / "build" / "stack.json"
PATIENCE, PAUSE = 180, 5  # seconds: how long to retry what AWS refuses for now, and the pause between retries


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--undeploy", action="store_true", help="remove function and gateway; tables and logs stay")
    what.add_argument("--rollback", type=int, metavar="VERSIONS", help="deploy the code of an earlier version again")
    what.add_argument("--backfill", metavar="MODEL", help="fill a new field in stored items: otp.Account")
    what.add_argument("--provision", action="store_true", help="make what build/stack.json describes, and no more")
    what.add_argument("--dry-run", action="store_true", help="change nothing; say what would change")
    options = parser.parse_args()
    stage = Stage.load(options.stage)
    if options.undeploy:
        undeploy(stage)
    elif options.rollback:
        rollback(stage, options.rollback)
        check_site(address(stage))
    elif options.provision:
        provision(stage)
    elif options.backfill:
        manage(stage, "dynamo_backfill", options.backfill)
    elif options.dry_run:
        show(stage, PACKAGE, STACK)
        manage(stage, "dynamo_sync", "--check")
    else:
        release(stage)
        check_settings(stage)
        check_site(address(stage))


def provision(stage: Stage, template: Path = STACK) -> None:
    """Create or update the base stack, and print its outputs."""
    settle_stack(stage, stage.base_stack)
    cloudformation = (Path(sys.executable).parent / "aws", "cloudformation")
    here = ("--stack-name", stage.base_stack, "--region", stage.region)
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
    deploy(stage)


def deploy(stage: Stage) -> None:
    """Deploy or update the function and the gateway. Continues an earlier run, and retries temporary errors."""
    deadline = time.monotonic() + PATIENCE
    while True:
        settle(stage)
        try:
            if is_deployed(stage):
                change_architecture(stage)
                return zappa(stage, "update", "--zip", PACKAGE, "--disable_progress")
            if function_exists(stage):
                print("There is a function without a gateway: deploying it again.")
                zappa(stage, "undeploy", "--yes")
            return zappa(stage, "deploy", "--zip", PACKAGE, "--disable_progress")
        except NotYet as reason:
            if time.monotonic() > deadline:
                raise SystemExit(f"AWS still says: {reason}") from reason
            print(f"{reason} Trying again in {PAUSE} seconds.")
            time.sleep(PAUSE)


def change_architecture(stage: Stage) -> None:
    """Zappa sets the architecture of a new function only. Lambda changes it together with the code."""
    current = configuration(stage)
    if current and current["Architectures"] != [stage.architecture]:
        code = {"ZipFile": PACKAGE.read_bytes(), "Architectures": [stage.architecture]}
        boto3.client("lambda", stage.region).update_function_code(FunctionName=stage.function, **code)
        settle(stage)


def rollback(stage: Stage, versions: int = 1) -> None:
    """Deploy the code of an earlier version as the newest one. Raises SystemExit if that isn't possible.

    Everything else stays: rules, gateway, and the settings of the function.
    """
    settle(stage)
    latest, *published = versions_of(stage)
    if len(published) <= versions:
        raise SystemExit(f"{stage.function} has only {len(published)} versions: it can't go back by {versions}.")
    wanted = published[versions]
    for name in ("Runtime", "Architectures"):
        if wanted[name] != latest[name]:
            raise SystemExit(
                f"Version {wanted['Version']} was deployed with {name} {wanted[name]!r} instead of {latest[name]!r}. "
                "Check out its commit and run `make deploy`."
            )
    zappa(stage, "rollback", "--num-rollback", versions)
    settle(stage)
    if versions_of(stage)[0]["CodeSha256"] != wanted["CodeSha256"]:
        raise SystemExit(f"The code of version {wanted['Version']} can't be read: {stage.function} is unchanged.")


def undeploy(stage: Stage) -> None:
    """Remove the function and its gateway, or the rest of an incomplete deployment."""
    settle(stage)
    if function_exists(stage):
        zappa(stage, "undeploy", "--yes")
    elif stack_status(stage, stage.function):
        delete_stack(stage, stage.function)
    remove_idle_rules(stage)


def address(stage: Stage) -> str:
    """The URL of the deployed site: its domain if it has one, else API Gateway's own address."""
    if domain := stage.settings.get("domain"):
        return f"https://{domain}/"
    stack = boto3.client("cloudformation", stage.region).describe_stack_resource(
        StackName=stage.function, LogicalResourceId="Api"
    )
    api = stack["StackResourceDetail"]["PhysicalResourceId"]
    return f"https://{api}.execute-api.{stage.region}.amazonaws.com/{stage.name}/"


def check_settings(stage: Stage) -> None:
    """Have the function check its own settings, with those in Parameter Store, and whether its zip supports them."""
    if run_on_function(stage, "check --deploy --fail-level WARNING"):
        raise SystemExit("The function is deployed, but its settings are wrong: see above.")


def check_site(site: str) -> None:
    """Check the deployed site: the health check, the first page and one of its files. Raises if any fails."""
    for path in ("healthz", ""):
        with urllib.request.urlopen(site + path, timeout=30) as answer:  # noqa: S310 - an https address of our own
            page = answer.read().decode()
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    with urllib.request.urlopen(urljoin(site, style), timeout=30) as answer:  # noqa: S310
        answer.read()
    print(f"{site} is up")


def manage(stage: Stage, *words: str) -> None:
    """Run a management command with the stage's environment and the caller's credentials."""
    live = {"OTP_LOCAL": "0", "STAGE": stage.name, "AWS_DEFAULT_REGION": stage.region, **stage.environment}
    run(sys.executable, ROOT / "manage.py", *words, env=os.environ | live)


def run(*command: object, **options: object) -> None:
    """Raises SystemExit with the command that failed, after its output."""
    try:
        subprocess.run([str(word) for word in command], check=True, cwd=ROOT, **options)  # type: ignore[call-overload]
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"This failed: {' '.join(error.cmd)}") from None


if __name__ == "__main__":
    main()
