"""The entry point of the Lambda function: which events it handles, and which it refuses.

Zappa deploys it, but its handler isn't used: it runs any code that an event names (`command`, `raw_command`, `manage`,
rules, messages), and has no setting to prevent it.
"""

import gc

gc.disable()  # until all below is imported, none of which is garbage: a tenth of a cold start went into looking

import io
import os
import shlex
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import zappa_settings  # which Zappa writes into the zip
from django.urls import get_resolver

from otp.delivery.addresses import redacted
from otp.delivery.email import backend
from otp.dynamo.client import client
from otp.dynamo.tls import connect

os.environ["STAGE"] = zappa_settings.API_STAGE

from . import telemetry
from .gateway import handler_of
from .jobs import COMMANDS, SCHEDULED
from .wsgi import application

Event = dict[str, Any]

KEEP_WARM = "handler.keep_warm_callback"  # the name that Zappa gives its own rule


def connect_to_aws() -> None:
    """Open the connections to DynamoDB and SES, or use the open ones."""
    for each in (client(), backend().connection):
        connect(each)


# Created at the start, with all that the first request would create: Lambda gives a start more CPU than a request.
respond = handler_of(application)
get_resolver().url_patterns  # noqa: B018 - imports the views
connect_to_aws()
gc.freeze()
gc.enable()


class EventRefused(Exception):
    """An event that this function doesn't handle. Lambda counts it as an error of the function."""


def handle(event: Event, context: Any) -> Any:
    """Handle an event of Lambda: returns an HTTP response, a command's output, or None. Raises EventRefused."""
    kind, handler = handler_for(event)
    with telemetry.observed(kind, context.aws_request_id, context.function_name) as line:
        return handler(event, context, line)


def handler_for(event: Any) -> tuple[str, Any]:
    """The kind of an event, for the log, and the function that handles it."""
    if not isinstance(event, dict):
        return "refused", refuse
    if is_http(event):
        return "http", http
    if rule_of(event) == KEEP_WARM:
        return "keep_warm", keep_warm
    if command_of(event) is not None:
        return "command", command
    return "refused", refuse


def is_http(event: Event) -> bool:
    """Whether the event is from a REST API (payload 1.0), or from an HTTP API or Function URL (payload 2.0)."""
    context = event.get("requestContext")
    if not isinstance(context, dict):
        return False
    if event.get("version") == "2.0":
        return isinstance(context.get("http"), dict)
    return "httpMethod" in event and isinstance(context.get("identity"), dict)


def http(event: Event, context: Any, line: Event) -> Any:
    response = respond(event, context)
    line["method"] = event.get("httpMethod") or event["requestContext"]["http"]["method"]
    line["status"] = response["statusCode"]
    return response


def keep_warm(event: Event, context: Any, line: Event) -> None:
    """Keep the connections open. That the function runs keeps the rest."""
    connect_to_aws()


def command(event: Event, context: Any, line: Event) -> Event:
    """Run a management command. Returns its output and its exit status, 0 for success.

    For a command of a rule it raises CommandError instead: nobody reads the result, but Lambda counts errors.
    """
    from django.core.management import CommandError, call_command  # not needed by sign-ins

    name, *arguments = shlex.split(command_of(event) or "")
    line["route"] = name
    output, status = io.StringIO(), 0
    try:
        with redirect_stdout(output), redirect_stderr(output):
            call_command(name, *arguments)
    except CommandError as error:
        if rule_of(event):
            raise
        output.write(f"{error}\n")
        line["command_status"] = status = error.returncode
    print(redacted(output.getvalue()), end="")  # noqa: T201
    return {"output": output.getvalue(), "status": status}


def command_of(event: Event) -> str | None:
    """The command line of an event, if it is one of those allowed; None for other events."""
    line = SCHEDULED.get(rule_of(event) or "") or event.get("manage")
    if not isinstance(line, str) or line.split(maxsplit=1)[:1] not in [[each] for each in COMMANDS]:
        return None
    return line


def rule_of(event: Event) -> str | None:
    """The function name that Zappa put into the name of the rule that sent the event; None for other events."""
    match event:
        case {"detail-type": "Scheduled Event", "resources": [str(rule), *_]}:
            return rule.split("/")[-1].split("-")[-1]
    return None


def refuse(event: Event, context: Any, line: Event) -> None:
    raise EventRefused("This function doesn't handle such events.")
