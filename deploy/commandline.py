"""Runs Zappa in this process, so that errors of AWS arrive as exceptions, and temporary ones can be retried."""

import contextlib
import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from .stage import SETTINGS, Stage

LIMIT = 20 * 60  # seconds: Zappa would poll a rolled-back stack forever
# botocore retries throttled calls itself, if it may try often enough: CreateDeployment is limited to one in 5 s.
RETRIES = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "8"}


class Overdue(BaseException):
    """The time limit was reached. Not a TimeoutError, which botocore would retry as an error of the network."""


class NotYet(Exception):
    """AWS refused something that it will accept a moment later."""


def zappa(stage: Stage, verb: str, *options: object) -> None:
    """Run one command of Zappa. Raises NotYet if it may be retried, SystemExit if not."""
    words = [verb, stage.name, "-s", SETTINGS, *options]
    try:
        with surroundings(stage), within(LIMIT):
            command_line().handle([str(word) for word in words])
    except ClientError as error:
        if passes(error):
            raise NotYet(str(error)) from error
        raise SystemExit(f"zappa {verb} failed: {error}") from error
    except Overdue:
        raise SystemExit(f"zappa {verb} didn't end in {LIMIT // 60} minutes. Run this again: it goes on.") from None
    except OSError as error:  # raised by Zappa if a stack fails
        raise SystemExit(f"zappa {verb} failed: {error} Then run this again: it goes on.") from error


def command_line() -> Any:
    from zappa.cli import ZappaCLI

    class CommandLine(ZappaCLI):
        def check_for_update(self) -> None:
            """Skip the check for a newer Zappa: the version is pinned."""

    return CommandLine()


def passes(error: ClientError) -> bool:
    """Whether the error is temporary: a new role isn't usable for some seconds, and a function takes one change at a
    time."""
    reason = error.response["Error"]
    return reason["Code"] in ("ResourceConflictException", "TooManyRequestsException") or (
        "cannot be assumed" in reason["Message"]
    )


@contextlib.contextmanager
def surroundings(stage: Stage) -> Iterator[None]:
    """Prepare for Zappa, which writes files where it runs, looks for a virtual environment, and emits warnings."""
    wanted = {"VIRTUAL_ENV": sys.prefix, "AWS_DEFAULT_REGION": stage.region, **RETRIES}
    before = dict(os.environ)
    os.environ.update(wanted)
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise Overdue in the block when the time limit is reached."""

    def give_up(*_: object) -> None:
        raise Overdue

    before = signal.signal(signal.SIGALRM, give_up)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)
