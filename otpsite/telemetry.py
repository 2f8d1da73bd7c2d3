"""What a live site says of itself: one line of JSON for each event, which CloudWatch also reads as metrics.

The metrics are in CloudWatch's embedded metric format: nothing is asked of CloudWatch. It is a small dictionary, so it
is made here: AWS's library for it took a twentieth of a cold start. No line holds an address, a code, a path or a
query: those of a stranger's request may hold anything.
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

from otp.signals import decided

NAMESPACE = "OTP"
# Each metric costs its owner money by the month, so only what an alarm or a glance wants is one.
METRICS = {
    "otp_sent": "CodesSent",
    "otp_verified": "SignIns",
    "delivery_failed": "MailFailures",
    "delivery_unknown": "MailFailures",
    "otp_attempts_exceeded": "LockOuts",
}

# What is known of the event at hand.
_line: ContextVar[dict[str, Any]] = ContextVar("line")
_cold = True


@contextmanager
def observed(kind: str, request_id: str, service: str) -> Iterator[dict[str, Any]]:
    """Around the handling of one event: whatever is put into the line that this yields is logged at its end."""
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
    counts = Counter(METRICS[outcome] for outcome in line["outcome"] if outcome in METRICS)
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
    """Every other log record, as JSON with the id of the event at hand."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": _line.get({}).get("request_id"),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def note_outcome(outcome: str, **kwargs: Any) -> None:
    if line := _line.get(None):
        line["outcome"].append(outcome)


decided.connect(note_outcome, dispatch_uid="telemetry")


class RouteMiddleware:
    """Notes which of our pages answered: its name, not its path, since a path may hold what somebody typed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        if line := _line.get(None):
            line["route"] = request.resolver_match.view_name
