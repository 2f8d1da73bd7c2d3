"""The only module that calls DynamoDB: makes the client, and translates its errors into Django's database errors."""

import functools
import logging
import random
import re
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
)
from django.conf import settings
from django.db.models import Model
from django.db.utils import DatabaseError, IntegrityError, OperationalError, ProgrammingError
from django.dispatch import Signal

from .credentials import REMEDIES
from .lateness import is_late
from .session import MAKING, aws_client, aws_session
from .tls import read_certificates_once

# A page that has to response within 10 s makes up to four requests, so one that hangs is given up after a second
# (DYNAMO_TIMEOUT). `call` decides whether it is sent again: botocore would repeat any request, and add a number twice.
CONFIG: dict[str, Any] = {
    "retries": {"mode": "standard", "total_max_attempts": 1},
    "tcp_keepalive": True,
    "max_pool_connections": 50,
    # Each of these two saves a tenth of a request's CPU time: DynamoDB validates requests anyway, and botocore doesn't
    # have to compose a user agent for each of them.
    "parameter_validation": False,
    "user_agent": "otp-dynamo",
}

ATTEMPTS, CONFLICT_ATTEMPTS = 2, 3
READS = ("batch_get", "describe", "get", "list", "query", "scan")
COUNTED = {  # the operations that can return their consumed capacity
    *("batch_get_item", "batch_write_item", "delete_item", "get_item", "put_item", "query", "scan"),
    *("transact_write_items", "update_item"),
}
NO_CREDENTIALS = (CredentialRetrievalError, NoCredentialsError, PartialCredentialsError)
NOT_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)

Attributes = dict[str, Any]

logger = logging.getLogger(__name__)

# Sent after each attempt, with `operation`, `request` (its parameters) and `capacity`: the ConsumedCapacity of the
# response, or None without a response. It is only requested while the signal has receivers.
request_made = Signal()

_BUSY = {
    "ContinuousBackupsUnavailableException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingError",
    "ThrottlingException",
}
_UNKNOWN = {"InternalServerError", "ServiceUnavailable"}
# Where the reason that DynamoDB gives for a refusal may begin to repeat a value of the request.
_MAYBE_A_VALUE = re.compile(r"""[\[{"']|(AttributeValue|operand|value): """)
_CONFLICT = {"TransactionConflictException", "TransactionInProgressException"}


class ConditionFailed(IntegrityError):
    """The condition of a write didn't hold. `old` is the item as it was, None if there was none.

    `may_be_own` is true if the response to an earlier attempt was lost: this very write may have changed the item.
    """

    may_be_own = False

    def __init__(self, message: str, old: Attributes | None = None) -> None:
        super().__init__(message)
        self.old = old


class TransactionRefused(IntegrityError):
    """Conditions of a transaction didn't hold. `failed`: the old item of each such write, by its name or position."""

    def __init__(self, message: str, failed: Mapping[int | str, Attributes | None]) -> None:
        super().__init__(message)
        self.failed = failed


class InUse(OperationalError):
    """The table is being changed, or exists already, which it also does when CreateTable was repeated."""


class NotDone(OperationalError):
    """DynamoDB was unreachable or too busy: nothing was written."""


class CallerRefused(OperationalError):
    """DynamoDB refused the caller's credentials or permissions; nothing was written. The log has the remedy."""


class TransactionConflict(OperationalError):
    """Another transaction was writing one of the items. Nothing was written; trying again helps."""


class OutcomeUnknown(OperationalError):
    """The response to a write was lost: only a read can tell whether it was carried out."""


@functools.cache
def client() -> Any:
    """The boto3 client."""
    # These imports are slow, so they wait for the first request.
    from botocore.config import Config

    from .direct import check_answer, serve_items

    timeout = getattr(settings, "DYNAMO_TIMEOUT", 1)
    config = Config(**CONFIG, connect_timeout=timeout, read_timeout=timeout)
    if getattr(settings, "DYNAMO_DIRECT", True):
        with MAKING:  # two threads may be here; the id makes the second registration do nothing
            aws_session().events.register("creating-client-class.dynamodb", serve_items, unique_id="otp.dynamo")
    made = aws_client("dynamodb", config)
    read_certificates_once(made)
    made.meta.events.register("before-parse.dynamodb", check_answer)
    return made


def table_name(name: str) -> str:
    """The name in the account of a model's db_table: with the prefix DYNAMO_TABLE_PREFIX, if any."""
    return getattr(settings, "DYNAMO_TABLE_PREFIX", "") + name


def table(model: type[Model]) -> str:
    """The name of a model's table in the account."""
    return table_name(model._meta.db_table)


def call(operation: str, *, repeatable: bool = True, **request: Any) -> dict[str, Any]:
    """Make a request; `operation` is a method of boto3's client. Raises a DatabaseError, never an error of botocore's.

    A request that DynamoDB certainly didn't carry out is sent once more, one that conflicted with a transaction twice.
    One whose response was lost may have been carried out: it is sent again only if it is `repeatable`, that is, if
    doing it twice is the same as once. Otherwise, and if the second response is lost too, a write raises
    OutcomeUnknown. Late in a request of the site (`is_late`) nothing is sent again.
    """
    reading = operation.startswith(READS)
    attempt, lost = 0, False
    while True:
        attempt += 1
        try:
            return _send(operation, request)
        except ConditionFailed as error:
            error.may_be_own = lost
            raise
        except OutcomeUnknown as error:
            lost = True
            if attempt >= ATTEMPTS or not (repeatable or reading) or is_late():
                if reading:
                    raise OperationalError(*error.args) from error
                raise
        except (NotDone, TransactionConflict) as error:
            if attempt >= (CONFLICT_ATTEMPTS if isinstance(error, TransactionConflict) else ATTEMPTS) or is_late():
                raise
        # Of random length, so that two requests that collided don't collide again.
        time.sleep(random.uniform(0.02, 0.1) * attempt)  # noqa: S311


def _send(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Send a request once, then the signal `request_made`."""
    has_receivers = bool(request_made.receivers)
    if has_receivers and operation in COUNTED:
        request = {**request, "ReturnConsumedCapacity": "TOTAL"}
    response: dict[str, Any] = {}
    try:
        response = getattr(client(), operation)(**request)
    except ClientError as error:
        raise translate(_named(operation, request), error) from None  # a traceback would repeat values in AWS's text
    except NO_CREDENTIALS as error:
        message = f"DynamoDB {_named(operation, request)}: {type(error).__name__}"
        logger.error("%s. %s", message, REMEDIES["UnrecognizedClientException"])
        raise CallerRefused(message) from error
    except BotoCoreError as error:
        kind = NotDone if isinstance(error, NOT_SENT) else OutcomeUnknown
        raise kind(f"DynamoDB {_named(operation, request)}: {type(error).__name__}") from error
    finally:
        if has_receivers:
            request_made.send(client, operation=operation, request=request, capacity=response.get("ConsumedCapacity"))
    return response


def _named(operation: str, request: dict[str, Any]) -> str:
    """The operation and its tables, for a message."""
    writes = [write for each in request.get("TransactItems", ()) for write in each.values()]
    tables = [
        *request.get("RequestItems", ()),
        *(each["TableName"] for each in (request, *writes) if "TableName" in each),
    ]
    return " ".join([operation, *dict.fromkeys(tables)])


def translate(operation: str, error: ClientError) -> DatabaseError:
    """The database error for an error response. DynamoDB's own text is left out where it could repeat a value."""
    response: Any = error.response
    code = response.get("Error", {}).get("Code", "")
    message = f"DynamoDB {operation}: {code}"
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(message, response.get("Item"))
    if code == "TransactionCanceledException":
        return _cancelled(message, response.get("CancellationReasons", []))
    if code == "ResourceInUseException":
        return InUse(message)
    if code in _CONFLICT:
        return TransactionConflict(message)
    if code in _BUSY:
        return NotDone(message)
    if code in _UNKNOWN or response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return OutcomeUnknown(message)
    if code in REMEDIES:
        logger.error("%s. %s", message, REMEDIES[code])
        return CallerRefused(message)
    if code == "ResourceNotFoundException":
        return ProgrammingError(f"{message}. Create the tables: manage.py dynamo_sync")
    reason = _MAYBE_A_VALUE.split(response.get("Error", {}).get("Message", ""))[0]
    return DatabaseError(f"{message}: {reason.strip()}")


def _cancelled(message: str, reasons: list[dict[str, Any]]) -> DatabaseError:
    codes = [reason.get("Code") for reason in reasons]
    failed: dict[int | str, Attributes | None] = {
        n: reasons[n].get("Item") for n, code in enumerate(codes) if code == "ConditionalCheckFailed"
    }
    if failed:
        return TransactionRefused(f"{message} {codes}", failed)
    if "TransactionConflict" in codes:
        return TransactionConflict(f"{message} {codes}")
    return NotDone(f"{message} {codes}")
