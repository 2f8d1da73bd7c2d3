"""The log of a live site: one line of JSON for each event, from which CloudWatch also takes metrics.

The metrics are in CloudWatch's embedded metric format, which needs no request. The format is a small dictionary; AWS's
library for it took a twentieth of a cold start. No line contains an address, a code, a path or a query, since those of
a stranger's request may contain anything.
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponse

from otp.delivery.addresses import redacted
from otp.signals import decided

NAMESPACE = "OTP"
# Each metric costs money every month, so there are only those that an alarm or an overview needs.
METRICS = {
    "otp_sent": ["CodesSent"],
    "otp_verified": ["SignIns"],
    "delivery_failed": ["MailFailures"],
    "delivery_unknown": ["MailFailures"],
    "otp_invalid": ["WrongCodes"],
    "otp_locked": ["WrongCodes", "LockOuts"],
}

# The log line of the current event.
_line: ContextVar[dict[str, Any]] = ContextVar("line")
_cold = True


@contextmanager
def observed(kind: str, request_id: str, service: str) -> Iterator[dict[str, Any]]:
    """Time and log the handling of one event. Yields the log line, a dictionary to add fields to."""
    global _cold
    line = {"request_id": request_id, "kind": kind, "cold_start": _cold, "outcome": []}
    _cold = False
    token, start = _line.set(line), time.perf_counter()
    try:
        yield line
    except BaseException as error:
        line["error"] = type(error).__name__
        raise
    finally:
        line["duration_ms"] = round((time.perf_counter() - start) * 1000, 1)
        _line.reset(token)
        write(line, service)


def write(line: dict[str, Any], service: str) -> None:
    counts = Counter(name for outcome in line["outcome"] for name in METRICS.get(outcome, ()))
    counts["Requests"] = 1
    if line.get("status", 0) >= 500 or "error" in line:
        counts["ServerErrors"] = 1
    metrics = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in counts],
    }
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metrics]}
    print(json.dumps({"_aws": about, "service": service, **line, **counts}))  # noqa: T201 - Lambda logs what is printed


class Formatter(logging.Formatter):
    """Formats all other log records as JSON, with the request id of the current event."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "level": record.levelname,
            "logger": record.name,
            "message": redacted(record.getMessage()),
            "request_id": _line.get({}).get("request_id"),
        }
        if record.exc_info:
            line["exception"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line)


def note_outcome(outcome: str, **kwargs: Any) -> None:
    if line := _line.get(None):
        line["outcome"].append(outcome)


decided.connect(note_outcome, dispatch_uid="telemetry")


class RouteMiddleware:
    """Adds the name of the view to the log line. Not the path, which may contain anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        if line := _line.get(None):
            line["route"] = request.resolver_match.view_name
