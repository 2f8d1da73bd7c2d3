"""The one door to DynamoDB: makes the client, and turns its errors into Django's database errors."""

import functools
import zlib
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db.utils import DatabaseError, IntegrityError, OperationalError, ProgrammingError

# A caller behind a 10 s Lambda makes up to four requests: one that hangs is given up after a second (or what
# DYNAMO_TIMEOUT says) and tried once more, on a connection that is kept. Every write is safe to repeat.
CONFIG: dict[str, Any] = {
    "retries": {"mode": "standard", "total_max_attempts": 2},
    "tcp_keepalive": True,
    "max_pool_connections": 50,
    # Each costs a tenth of a request's computing: requests are built by this layer alone, and DynamoDB checks them
    # anyway; and a name of our own spares botocore composing one for each request.
    "parameter_validation": False,
    "user_agent": "otp-dynamo",
}

Attributes = dict[str, Any]

_BUSY = {
    "ContinuousBackupsUnavailableException",
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}


class ConditionFailed(IntegrityError):
    """The condition of a write didn't hold. `old` is the item as it stood, None when there was none."""

    def __init__(self, message: str, old: Attributes | None = None) -> None:
        super().__init__(message)
        self.old = old


class TransactionRefused(IntegrityError):
    """Conditions of a transaction didn't hold. `failed` maps the position of each such write to its old item."""

    def __init__(self, message: str, failed: dict[int, Attributes | None]) -> None:
        super().__init__(message)
        self.failed = failed


class InUse(OperationalError):
    """The table is being made or changed, or is there already: also when CreateTable was repeated for a late answer."""


class TransactionConflict(OperationalError):
    """Another transaction held one of the items. Nothing was written; trying again helps."""


@functools.cache
def client() -> Any:
    """The boto3 client. Endpoint, region and credentials come from where AWS's tools always take them."""
    # The slowest imports of all: only what really speaks to DynamoDB waits for them.
    import boto3.session
    from botocore.config import Config

    timeout = getattr(settings, "DYNAMO_TIMEOUT", 1)
    config = Config(**CONFIG, connect_timeout=timeout, read_timeout=timeout)
    made = boto3.session.Session().client("dynamodb", config=config)
    made.meta.events.register("before-parse.dynamodb", _check_body)
    return made


def _check_body(response_dict: dict[str, Any], **kwargs: Any) -> None:
    """Raises ChecksumError for a body that DynamoDB never sent: botocore would read half of one as an empty one.

    DynamoDB gives each of its answers a checksum: a 200 without one comes from something on the way, whatever it says.
    """
    from botocore.exceptions import ChecksumError

    sent, arrived = response_dict["headers"].get("x-amz-crc32"), str(zlib.crc32(response_dict["body"]))
    stranger = sent is None and response_dict["status_code"] == 200
    if stranger or sent not in (None, arrived):
        raise ChecksumError(checksum_type="crc32", expected_checksum=sent, actual_checksum=arrived)


def table_name(name: str) -> str:
    """A model's db_table as it is called in the account: with the prefix DYNAMO_TABLE_PREFIX, if any."""
    return getattr(settings, "DYNAMO_TABLE_PREFIX", "") + name


def call(operation: str, **request: Any) -> dict[str, Any]:
    """Make one request; `operation` as in `update_item`. Raises a DatabaseError, never an error of botocore's."""
    try:
        return getattr(client(), operation)(**request)
    except ClientError as error:
        raise translated(operation, error) from error
    except BotoCoreError as error:
        raise OperationalError(f"DynamoDB {operation}: {type(error).__name__}") from error


def translated(operation: str, error: ClientError) -> DatabaseError:
    """The database error for an answer of DynamoDB's. Its own text is left out where it could repeat a value."""
    response: Any = error.response
    code = response.get("Error", {}).get("Code", "")
    message = f"DynamoDB {operation}: {code}"
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(message, response.get("Item"))
    if code == "TransactionCanceledException":
        return _cancelled(message, response.get("CancellationReasons", []))
    if code == "ResourceInUseException":
        return InUse(message)
    if code in _BUSY or response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return OperationalError(message)
    if code == "ResourceNotFoundException":
        return ProgrammingError(f"{message}. Create the tables: manage.py dynamo_sync")
    return DatabaseError(f"{message}: {response.get('Error', {}).get('Message', '')}")


def _cancelled(message: str, reasons: list[dict[str, Any]]) -> DatabaseError:
    codes = [reason.get("Code") for reason in reasons]
    failed = {n: reasons[n].get("Item") for n, code in enumerate(codes) if code == "ConditionalCheckFailed"}
    if failed:
        return TransactionRefused(f"{message} {codes}", failed)
    if "TransactionConflict" in codes:
        return TransactionConflict(f"{message} {codes}")
    return OperationalError(f"{message} {codes}")
