"""Shows what a deployment would change."""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from . import gateway
from .stage import Stage
from .states import configuration, is_deployed, response_or_none, stack_status

# The names that zappa_settings.json and Lambda have for the same thing.
CONFIGURED = {
    "lambda_handler": "Handler",
    "memory_size": "MemorySize",
    "runtime": "Runtime",
    "timeout_seconds": "Timeout",
    "lambda_description": "Description",
}


def show(stage: Stage, package: Path, template: Path) -> None:
    """Print a line for each change. `dynamo_sync --check` shows those of tables."""
    lines = [*of_base(stage, template), *of_function(stage, package)]
    print("\n".join(lines or ["Function, gateway and base stack are up to date."]))


def of_base(stage: Stage, template: Path) -> Iterator[str]:
    client = boto3.client("cloudformation", stage.region)
    found = response_or_none(client.get_template, "ValidationError", StackName=stage.base_stack)
    current = resources(found["TemplateBody"]) if found else {}
    wanted = resources(template.read_text()) if template.exists() else {}
    for name in sorted(current.keys() | wanted.keys()):
        if name not in current:
            yield f"{stage.base_stack}: {name} would be made (make provision)"
        elif name not in wanted:
            yield f"{stage.base_stack}: {name} would be removed (make provision)"
        elif current[name] != wanted[name]:
            yield f"{stage.base_stack}: {name} would be changed (make provision)"


def resources(template: Any) -> dict[str, Any]:
    return (json.loads(template) if isinstance(template, str) else template)["Resources"]


def of_function(stage: Stage, package: Path) -> Iterator[str]:
    current = configuration(stage)
    if current is None:
        yield f"{stage.function}: function and gateway would be made"
        return
    if not is_deployed(stage):
        status = stack_status(stage, stage.function) or "missing"
        yield f"{stage.function}: its gateway is {status}; both would be created again"
        return
    if package.exists() and current["CodeSha256"] != digest(package):
        yield f"{stage.function}: other code would be deployed"
    (architecture,) = current["Architectures"]
    if architecture != stage.architecture:
        yield f"{stage.function}: architecture would be {stage.architecture!r} instead of {architecture!r}"
    for setting, name in CONFIGURED.items():
        if current.get(name) != stage.settings[setting]:
            yield f"{stage.function}: {setting} would be {stage.settings[setting]!r} instead of {current.get(name)!r}"
    for name, value in stage.environment.items():
        if (set_to := current["Environment"]["Variables"].get(name)) != value:
            yield f"{stage.function}: {name} would be {value!r} instead of {set_to!r}"

    yield from of_gateway(stage)
    yield from of_rules(stage)


def of_gateway(stage: Stage) -> Iterator[str]:
    client = boto3.client("apigateway", stage.region)
    (api,) = [each["id"] for each in client.get_rest_apis()["items"] if each["name"] == stage.function]
    current = client.get_stage(restApiId=api, stageName=stage.name)["methodSettings"].get("*/*", {})
    for name, wanted in (("throttlingRateLimit", gateway.RATE), ("throttlingBurstLimit", gateway.BURST)):
        if current.get(name) != wanted:
            yield f"{stage.function}: {name} of the gateway would be {wanted} instead of {current.get(name)}"


def of_rules(stage: Stage) -> Iterator[str]:
    wanted = {each["function"]: each["expression"] for each in stage.settings.get("events", [])}
    if stage.settings["keep_warm"]:
        wanted["zappa-keep-warm-handler.keep_warm_callback"] = stage.settings["keep_warm_expression"]
    prefix = f"{stage.function}-"
    found = boto3.client("events", stage.region).list_rules(NamePrefix=prefix)["Rules"]
    current = {rule["Name"].removeprefix(prefix): rule["ScheduleExpression"] for rule in found}
    for name in sorted(wanted.keys() | current.keys()):
        if current.get(name) != wanted.get(name):
            yield f"{stage.function}: rule {name} would be {wanted.get(name)!r} instead of {current.get(name)!r}"


def digest(package: Path) -> str:
    """The package's SHA-256 in Lambda's format, base64."""
    return base64.b64encode(hashlib.sha256(package.read_bytes()).digest()).decode()
