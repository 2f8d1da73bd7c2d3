"""The door of the Lambda function: which events it takes, and which it refuses.

Zappa's own handler runs whatever code an event names (`command`, `raw_command`, `manage`, rules, messages) and can't be
told not to. So it only ever sees HTTP events; the few other things that the function does, it does here.
"""

import gc

gc.disable()  # until all below is imported, none of which is garbage: a tenth of a cold start went into looking

import io
import shlex
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from django.urls import get_resolver
from zappa.handler import LambdaHandler

from otp.dynamo.client import client

from . import telemetry
from .jobs import COMMANDS, SCHEDULED

Event = dict[str, Any]

KEEP_WARM = "handler.keep_warm_callback"  # the name that Zappa gives its own rule

# Made now, with all that a first request would make: Lambda gives a start more of the processor than a request.
# Without Zappa's middleware, which repeats each Set-Cookie under two spellings: gateways take several of one.
zappa = LambdaHandler()
zappa.wsgi_app = zappa.wsgi_app.application
get_resolver().url_patterns  # noqa: B018 - imports the views
client()
gc.freeze()
gc.enable()


class EventRefused(Exception):
    """An event that this function does not take. Lambda counts it among the function's errors."""


def handle(event: Event, context: Any) -> Any:
    """Lambda's entry: an HTTP answer, a command's output, or nothing. Raises EventRefused."""
    kind, answer = door_for(event)
    with telemetry.observed(kind, context.aws_request_id, context.function_name) as line:
        return answer(event, context, line)


def door_for(event: Any) -> tuple[str, Any]:
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
    """Whether it comes from a REST API, or from an HTTP API or Function URL (payload 2.0)."""
    context = event.get("requestContext")
    if not isinstance(context, dict):
        return False
    if event.get("version") == "2.0":
        return isinstance(context.get("http"), dict)
    return "httpMethod" in event and isinstance(context.get("identity"), dict)


def http(event: Event, context: Any, line: Event) -> Any:
    event.pop("stageVariables", None)  # Zappa would write them into the environment
    response = zappa.handler(event, context)
    line["method"] = event.get("httpMethod") or event["requestContext"]["http"]["method"]
    line["status"] = response["statusCode"]
    return response


def keep_warm(event: Event, context: Any, line: Event) -> None:
    """Nothing: that the function runs is enough."""


def command(event: Event, context: Any, line: Event) -> Event:
    """Run a management command: its output and its status, 0 or what a shell would be told.

    Raises CommandError for a command of a rule: nobody reads its answer, but Lambda counts its errors.
    """
    from django.core.management import CommandError, call_command  # no sign-in waits for it

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
    print(output.getvalue(), end="")  # noqa: T201
    return {"output": output.getvalue(), "status": status}


def command_of(event: Event) -> str | None:
    """The command line that an event may have run, None for any other event."""
    line = SCHEDULED.get(rule_of(event) or "") or event.get("manage")
    if not isinstance(line, str) or line.split(maxsplit=1)[:1] not in [[each] for each in COMMANDS]:
        return None
    return line


def rule_of(event: Event) -> str | None:
    """The function that Zappa wrote into the name of the rule which sent this event."""
    match event:
        case {"detail-type": "Scheduled Event", "resources": [str(rule), *_]}:
            return rule.split("/")[-1].split("-")[-1]
    return None


def refuse(event: Event, context: Any, line: Event) -> None:
    raise EventRefused("This function takes no such event.")
