"""Translates the errors of SES and SNS: a message was sent, wasn't sent, or may have been sent."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from otp.exceptions import DeliveryFailed, DeliveryUnknown

ADDRESS = re.compile(r"[^\s<>,:/\"']+@[^\s<>,:\"']+|\+\d{5,15}")  # AWS's error messages name the recipient

logger = logging.getLogger(__name__)


def config(timeout: int | None = None) -> Config:
    """The configuration of the clients of SES and SNS. `timeout` (seconds) replaces AWS's timeouts in local mode.

    There is one attempt, so that no message is sent twice. The timeouts leave enough of the Lambda's 10 s for storage.
    """
    return Config(
        connect_timeout=timeout or 1,
        read_timeout=timeout or 3,
        retries={"mode": "standard", "total_max_attempts": 1},
        parameter_validation=False,  # as in otp.dynamo.client: it takes a tenth of the CPU time of a request
        user_agent="otp",
    )


@contextmanager
def translate_errors(remedies: Mapping[str, str]) -> Iterator[None]:
    """Translate AWS's errors into DeliveryFailed or DeliveryUnknown. Logs the reason that AWS gives, and a remedy."""
    try:
        yield
    except ClientError as error:
        reason = error.response.get("Error", {})
        code, said = reason.get("Code", ""), ADDRESS.sub("(an address)", reason.get("Message", ""))
        logger.error("%s: %s %s", code, said, remedies.get(code, ""))
        raise DeliveryFailed from error
    except (ReadTimeoutError, ConnectionClosedError, ResponseParserError, LookupError, AttributeError) as error:
        # The last three are raised by botocore or django-ses for a success whose response can't be parsed.
        logger.error("The response to a message was lost: %s", type(error).__name__)
        raise DeliveryUnknown from error
    except (BotoCoreError, HTTPClientError, OSError) as error:  # OSError includes errors of SMTP
        logger.error("A message could not be sent: %s", type(error).__name__)
        raise DeliveryFailed from error
