"""What the site asks of AWS while tests run: only what it asks while it serves a request, runs a command that an event
may name, or reads its secrets. What tests and `dynamo_sync` ask is none of the function's business.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
from botocore.client import BaseClient
from django.core import management
from django.core.handlers.base import BaseHandler

from deploy.stage import Stage
from otpsite import parameters
from otpsite.jobs import COMMANDS

Grant = tuple[str, str]  # an action, and the resource as the end of its ARN

_serving: ContextVar[bool] = ContextVar("serving", default=False)
calls: set[Grant] = set()


def install(patch: pytest.MonkeyPatch) -> None:
    """From here on record. `patch.undo()` ends it."""
    patch.setattr(BaseHandler, "get_response", while_serving(BaseHandler.get_response))
    patch.setattr(parameters, "read", while_serving(parameters.read, of_the_stage))
    patch.setattr(management, "call_command", while_serving(management.call_command, of_an_event))
    patch.setattr(BaseClient, "_make_api_call", recorded(BaseClient._make_api_call))


def of_an_event(name: Any, *arguments: Any) -> bool:
    return name in COMMANDS


def of_the_stage(path: str) -> bool:
    """Not a path that the door's own tests made up."""
    return path == Stage.load("prod").secrets_parameter


def while_serving(function: Callable[..., Any], counts: Callable[..., bool] = lambda *arguments: True) -> Any:
    def serve(*arguments: Any, **options: Any) -> Any:
        with serving(counts(*arguments)):
            return function(*arguments, **options)

    return serve


@contextmanager
def serving(counts: bool) -> Iterator[None]:
    token = _serving.set(counts)
    try:
        yield
    finally:
        _serving.reset(token)


def recorded(make_call: Callable[..., Any]) -> Any:
    def call(client: Any, operation: str, request: dict[str, Any]) -> Any:
        if _serving.get():
            calls.update(needed(client.meta.service_model.service_name, operation, request))
        return make_call(client, operation, request)

    return call


def needed(service: str, operation: str, request: dict[str, Any]) -> Iterator[Grant]:
    """What a role has to be allowed for one call."""
    if service == "dynamodb":
        for action, resource in items(operation, request):
            yield f"dynamodb:{action}", f"table/{resource}"
    elif (service, operation) == ("sesv2", "SendEmail"):
        sender = f"identity/{request['FromEmailAddress'].rpartition('@')[2].rstrip('>')}"
        yield "ses:SendEmail", sender
        if "Raw" in request["Content"]:
            yield "ses:SendRawEmail", sender
    elif (service, operation) == ("ssm", "GetParametersByPath"):
        yield "ssm:GetParametersByPath", f"parameter{request['Path']}"
    else:
        yield f"{service}:{operation}", "*"


def items(operation: str, request: dict[str, Any]) -> Iterator[Grant]:
    in_transaction = {"ConditionCheck": "ConditionCheckItem", "Get": "GetItem"}
    if operation in ("TransactWriteItems", "TransactGetItems"):
        for item in request["TransactItems"]:
            for kind, part in item.items():
                yield in_transaction.get(kind, f"{kind}Item"), part["TableName"]
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for table in request["RequestItems"]:
            yield operation, table
    else:
        index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
        yield operation, request["TableName"] + index
