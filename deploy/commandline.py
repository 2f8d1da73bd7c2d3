"""Zappa's command line, run in this very process: so an error of AWS's comes as one, and what passes can be told."""

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

LIMIT = 20 * 60  # seconds: Zappa polls a stack that was rolled back for ever
# botocore waits these out by itself, if it is let: CreateDeployment may be called once in five seconds.
RETRIES = {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "8"}


class Overdue(BaseException):
    """The time is over. No TimeoutError: botocore takes that for a fault of the network, and asks again."""


class NotYet(Exception):
    """AWS refused something that it will take in a moment."""


def zappa(stage: Stage, verb: str, *options: object) -> None:
    """Raises NotYet, or SystemExit when it fails for good."""
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
    except OSError as error:  # what Zappa raises of a stack that fails
        raise SystemExit(f"zappa {verb} failed: {error} Then run this again: it goes on.") from error


def command_line() -> Any:
    from zappa.cli import ZappaCLI

    class CommandLine(ZappaCLI):
        def check_for_update(self) -> None:
            """Ask nobody: the version is pinned."""

    return CommandLine()


def passes(error: ClientError) -> bool:
    """Whether it is worth trying again: a role made just now takes some seconds to be known everywhere, and one change
    of a function has to end before the next."""
    reason = error.response["Error"]
    return reason["Code"] in ("ResourceConflictException", "TooManyRequestsException") or (
        "cannot be assumed" in reason["Message"]
    )


@contextlib.contextmanager
def surroundings(stage: Stage) -> Iterator[None]:
    """Zappa leaves files where it runs, looks for a virtual environment, and warns of its own libraries."""
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
    """Raises Overdue inside, when the time is over."""

    def give_up(*_: object) -> None:
        raise Overdue

    before = signal.signal(signal.SIGALRM, give_up)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)
