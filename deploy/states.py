"""The state of a stage's function and of a stack, and whether a deployment can start from it."""

import time
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError

from .stage import Stage

WAIT = 15 * 60  # seconds to wait for a stack
POLL = 3  # seconds
COMPLETE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
# Stacks in these states can only be deleted. None of them was ever in use.
DEAD = {"CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}


def is_deployed(stage: Stage) -> bool:
    """Whether the function and its gateway exist and are complete."""
    return function_exists(stage) and stack_status(stage, stage.function) in COMPLETE


def settle(stage: Stage) -> None:
    """Wait until no operation of an earlier run is in progress, and remove what a deployment can't continue from.

    Raises SystemExit with the remedy if it needs manual repair.
    """
    settle_function(stage)
    settle_stack(stage, stage.function)


def settle_function(stage: Stage) -> None:
    if not function_exists(stage):
        return
    client = boto3.client("lambda", stage.region)
    try:
        for waiter in ("function_active_v2", "function_updated_v2"):
            client.get_waiter(waiter).wait(FunctionName=stage.function)
    except WaiterError as error:
        raise SystemExit(
            f"The function {stage.function} doesn't become ready: {error}. Look at it in the Lambda console; "
            "`make undeploy` removes it."
        ) from None


def settle_stack(stage: Stage, name: str) -> None:
    status = stack_at_rest(stage, name)
    if status in DEAD:
        print(f"The stack {name} is {status}: an earlier run ended there. Removing it.")
        delete_stack(stage, name)
    elif status not in COMPLETE | {None}:
        raise SystemExit(
            f"The stack {name} is {status}. `aws cloudformation continue-update-rollback --stack-name {name}` brings "
            "it back to where it was; then run this again."
        )


def stack_at_rest(stage: Stage, name: str) -> str | None:
    """The status of a stack once no operation is in progress; None if there is no stack."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        status = stack_status(stage, name)
        if status is None or status in DEAD or not status.endswith("IN_PROGRESS"):
            return status
        time.sleep(POLL)
    raise SystemExit(f"The stack {name} is still being changed after {WAIT // 60} minutes. Run this again later.")


def delete_stack(stage: Stage, name: str) -> None:
    """Delete a stack. Raises SystemExit if a part of it can't be deleted."""
    client = boto3.client("cloudformation", stage.region)
    client.delete_stack(StackName=name)
    try:
        client.get_waiter("stack_delete_complete").wait(StackName=name)
    except WaiterError:
        raise SystemExit(f"The stack {name} can't be deleted: see its events in the CloudFormation console.") from None


def remove_idle_rules(stage: Stage) -> None:
    """Rules of EventBridge without a target, which Zappa doesn't find: it looks for rules by their target."""
    client = boto3.client("events", stage.region)
    for rule in client.list_rules(NamePrefix=f"{stage.function}-")["Rules"]:
        if not client.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            client.delete_rule(Name=rule["Name"])


def stack_status(stage: Stage, name: str) -> str | None:
    found = response_or_none(
        boto3.client("cloudformation", stage.region).describe_stacks, "ValidationError", StackName=name
    )
    return found and found["Stacks"][0]["StackStatus"]


def function_exists(stage: Stage) -> bool:
    return configuration(stage) is not None


def configuration(stage: Stage) -> dict[str, Any] | None:
    """The function as Lambda describes it."""
    client = boto3.client("lambda", stage.region)
    return response_or_none(client.get_function_configuration, "ResourceNotFoundException", FunctionName=stage.function)


def versions_of(stage: Stage) -> list[dict[str, Any]]:
    """The function as it is, and then its published versions, newest first."""
    found = boto3.client("lambda", stage.region).list_versions_by_function(FunctionName=stage.function)["Versions"]
    published = [each for each in found if each["Version"] != "$LATEST"]
    latest = [each for each in found if each["Version"] == "$LATEST"]
    return latest + sorted(published, key=lambda each: int(each["Version"]), reverse=True)


def response_or_none(operation: Any, missing: str, **request: Any) -> Any:
    """The response of AWS, or None for the error `missing`."""
    try:
        return operation(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] == missing:
            return None
        raise
