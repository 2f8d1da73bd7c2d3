"""Translates the errors of SES and SNS: a message was sent, wasn't sent, or may have been sent."""

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from otp.dynamo.credentials import REMEDIES as OF_CREDENTIALS
from otp.dynamo.lateness import is_late
from otp.exceptions import DeliveryFailed, DeliveryUnknown

from .addresses import redacted

# AWS throttled the request: the message wasn't sent, so it may be sent again.
THROTTLED = {"Throttled", "Throttling", "ThrottlingException", "TooManyRequestsException"}
PAUSE = (0.3, 0.7)  # seconds: AWS counts rates by the second

REASON = 100  # characters that the log keeps of an error code

T = TypeVar("T")

logger = logging.getLogger(__name__)


def config(timeout: int | None = None) -> Config:
    """The configuration of the clients of SES and SNS. `timeout` (seconds) replaces AWS's timeouts in local mode.

    There is one attempt, so that no message is sent twice. The timeouts leave enough of the Lambda's 10 s for storage
    that answers late (`PATIENCE` in otp.dynamo.lateness), before the send and after it.
    """
    return Config(
        connect_timeout=timeout or 1,
        read_timeout=timeout or 2,
        retries={"mode": "standard", "total_max_attempts": 1},
        parameter_validation=False,  # as in otp.dynamo.client: it takes a tenth of the CPU time of a request
        user_agent="otp",
    )


def send_message(send: Callable[[], T], remedies: Mapping[str, str], *, retry: bool = True) -> T:
    """Send a message, and retry once if AWS throttled it, unless it is late in the request.

    `retry=False`: send it once. Returns what `send` does. Raises as `translate_errors`.
    """
    with translate_errors(remedies):
        try:
            return send()
        except ClientError as error:
            if code_of(error) not in THROTTLED or not retry or is_late():
                raise
            time.sleep(random.uniform(*PAUSE))  # noqa: S311
            return send()


@contextmanager
def translate_errors(remedies: Mapping[str, str]) -> Iterator[None]:
    """Translate AWS's errors into DeliveryFailed or DeliveryUnknown. Logs the reason that AWS gives, and a remedy."""
    try:
        yield
    except ClientError as error:
        code, message = code_of(error), redacted(error.response.get("Error", {}).get("Message", ""))
        logger.error("%s: %s %s", code, message, remedy(code, remedies))
        raise _with_reason(DeliveryFailed(), code) from error
    except (ReadTimeoutError, ConnectionClosedError, ResponseParserError, LookupError, AttributeError) as error:
        # The last three are raised by botocore or django-ses for a success whose response can't be parsed.
        logger.error("The response to a message was lost: %s", type(error).__name__)
        raise _with_reason(DeliveryUnknown(), type(error).__name__) from error
    except (BotoCoreError, HTTPClientError, OSError) as error:  # OSError includes errors of SMTP
        logger.error("A message could not be sent: %s", type(error).__name__)
        raise _with_reason(DeliveryFailed(), type(error).__name__) from error


def remedy(code: str, remedies: Mapping[str, str]) -> str:
    """What to do about an error code of AWS; empty if that isn't known. `remedies` are those of one service."""
    return {**OF_CREDENTIALS, **remedies}.get(code, "")


def _with_reason(failure: DeliveryFailed, reason: str) -> DeliveryFailed:
    failure.reason = reason[:REASON]
    return failure


def code_of(error: ClientError) -> str:
    """AWS's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))
