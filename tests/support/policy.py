"""A plugin that compares the role's policy with all calls to AWS that the site makes during the tests, in all workers.

The site's calls are those within a request, a command that an event may name, or the reading of its secrets. Calls of
the tests and of `dynamo_sync` don't count.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import pytest
from botocore.client import BaseClient
from django.core import management
from django.core.handlers.base import BaseHandler

from deploy.policy import statements
from deploy.stage import Stage
from otp.dynamo.direct import ItemOperations
from otpsite import parameters
from otpsite.jobs import COMMANDS

Grant = tuple[str, str]  # an action, and the end of the resource's ARN

BY_OTHERS = ("log-group:", "function:")  # used by Lambda and the gateway, which no test runs

_serving: ContextVar[bool] = ContextVar("serving", default=False)
calls: set[Grant] = set()


def pytest_configure(config: pytest.Config) -> None:
    patch = pytest.MonkeyPatch()
    install(patch)
    config.add_cleanup(patch.undo)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Collect the calls of a worker of pytest-xdist that has ended."""
    calls.update(map(tuple, getattr(node, "workeroutput", {}).get("grants", [])))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Report the comparison as a test when all others have run: a test in one worker couldn't see the others' calls."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["grants"] = sorted(calls)
    elif calls and not session.shouldfail and not session.shouldstop:
        report(session, "the role may do all that the site does", calls - granted())
        if whole(session):
            report(session, "the role may do nothing else", granted() - calls)


def whole(session: pytest.Session) -> bool:
    """Whether all tests ran, so that every call of the site was recorded."""
    config = session.config
    part = config.option.keyword or config.option.markexpr or config.option.collectonly or session.testsfailed
    return config.args == config.getini("testpaths") and not part


def report(session: pytest.Session, name: str, surplus: set[Grant]) -> None:
    outcome = (
        {"outcome": "failed", "longrepr": f"{name}, but for {sorted(surplus)}"}
        if surplus
        else {"outcome": "passed", "longrepr": None}
    )
    nodeid = f"tests/test_policy.py::{name}"
    location = ("tests/test_policy.py", None, name)
    done = pytest.TestReport(nodeid=nodeid, location=location, keywords={}, when="call", **outcome)
    session.config.hook.pytest_runtest_logreport(report=done)
    if surplus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def granted() -> set[Grant]:
    """What the policy allows in a stage with all options on."""
    return {
        (action, resource)
        for statement in statements(with_sms(Stage.load("prod")))
        for action in statement["Action"]
        for resource in map(own_part, statement["Resource"])
        if not resource.startswith(BY_OTHERS)
    }


def with_sms(stage: Stage) -> Stage:
    environment = stage.environment | {"OTP_SMS": "1"}
    return replace(stage, settings=stage.settings | {"aws_environment_variables": environment})


def own_part(arn: Any) -> str:
    return arn if arn == "*" else arn["Fn::Sub"].partition("${AWS::AccountId}:")[2]


def install(patch: pytest.MonkeyPatch) -> None:
    """Start recording; `patch.undo()` ends it."""
    patch.setattr(BaseHandler, "get_response", while_serving(BaseHandler.get_response))
    patch.setattr(parameters, "read", while_serving(parameters.read, of_the_stage))
    patch.setattr(management, "call_command", while_serving(management.call_command, of_an_event))
    for each in (BaseClient, ItemOperations):
        patch.setattr(each, "_make_api_call", recorded(each._make_api_call))


def of_an_event(name: Any, *arguments: Any) -> bool:
    return name in COMMANDS


def of_the_stage(path: str) -> bool:
    """Whether the path is that of the stage, and not one that the tests of `parameters` use."""
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
    """The permissions that one call needs."""
    if service == "dynamodb":
        for action, resource in items(operation, request):
            yield f"dynamodb:{action}", f"table/{resource}"
    elif (service, operation) == ("sesv2", "SendEmail"):
        for action in ("ses:SendEmail", *(["ses:SendRawEmail"] if "Raw" in request["Content"] else [])):
            yield action, "identity/*"  # in the sandbox the recipient's, too
            yield action, f"configuration-set/{Stage.load('prod').function}"  # the default of the identity
    elif (service, operation) == ("ssm", "GetParametersByPath"):
        yield "ssm:GetParametersByPath", f"parameter{request['Path']}"
    else:
        yield f"{service.replace('sesv2', 'ses')}:{operation}", "*"


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
