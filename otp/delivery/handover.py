"""What AWS's answers to a message mean, whatever the channel: it left, it didn't, or nobody knows."""

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

ADDRESS = re.compile(r"[^\s<>,:/\"']+@[^\s<>,:\"']+|\+\d{5,15}")  # AWS names who a message was for

logger = logging.getLogger(__name__)


def config(timeout: int | None = None) -> Config:
    """How SES and SNS are asked. `timeout`: seconds that the embedded AWS is given instead of what AWS is given.

    One attempt: a message that may have left is not sent twice. Its time is what a 10 s Lambda has left after storage.
    """
    return Config(
        connect_timeout=timeout or 1,
        read_timeout=timeout or 3,
        retries={"mode": "standard", "total_max_attempts": 1},
        parameter_validation=False,  # as in otp.dynamo.client: a tenth of the computing each
        user_agent="otp",
    )


@contextmanager
def handing_over(remedies: Mapping[str, str]) -> Iterator[None]:
    """Around the call to AWS. Raises DeliveryFailed or DeliveryUnknown, and logs AWS's reason with its remedy."""
    try:
        yield
    except ClientError as error:
        reason = error.response.get("Error", {})
        code, said = reason.get("Code", ""), ADDRESS.sub("(an address)", reason.get("Message", ""))
        logger.error("%s: %s %s", code, said, remedies.get(code, ""))
        raise DeliveryFailed from error
    except (ReadTimeoutError, ConnectionClosedError, ResponseParserError, LookupError, AttributeError) as error:
        # The last three: AWS said yes in an answer that can't be read, on which botocore or django-ses stumble.
        logger.error("The answer to a message was lost: %s", type(error).__name__)
        raise DeliveryUnknown from error
    except (BotoCoreError, HTTPClientError, OSError) as error:  # OSError: SMTP's errors too
        logger.error("A message could not be handed over: %s", type(error).__name__)
        raise DeliveryFailed from error
