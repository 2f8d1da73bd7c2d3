"""Reads and writes many items in one request. Items that DynamoDB leaves unprocessed are requested again."""

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Model
from django.db.utils import OperationalError

from .client import Attributes, call, table
from .keys import KeyID, key_id

ATTEMPTS = 5
READS, WRITES = 100, 25  # items in a request


def read(model: type[Model], keys: Sequence[Attributes], **options: Any) -> dict[KeyID, Attributes]:
    """The existing items with these keys, by consistent reads of a hundred each. `options`: those of BatchGetItem."""
    unique = list({key_id(model, key): key for key in keys}.values())
    found: dict[KeyID, Attributes] = {}
    for start in range(0, len(unique), READS):
        request = {table(model): {"Keys": unique[start : start + READS], "ConsistentRead": True, **options}}
        found |= {key_id(model, item): item for _, item in items(request)}
    return found


def items(requests: dict[str, Any]) -> Iterator[tuple[str, Attributes]]:
    """The items of one BatchGetItem request as (table, item), in no order."""
    for _ in _attempts("batch_get_item"):
        response = call("batch_get_item", RequestItems=requests)
        for name, found in response["Responses"].items():
            yield from ((name, item) for item in found)
        if not (requests := response.get("UnprocessedKeys", {})):
            return


def write(puts: dict[str, Any]) -> None:
    """One BatchWriteItem request."""
    for _ in _attempts("batch_write_item"):
        if not (puts := call("batch_write_item", RequestItems=puts).get("UnprocessedItems", {})):
            return


def _attempts(operation: str) -> Iterator[int]:
    """One attempt, and more after growing waits of random length. Raises OperationalError after the last."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0.02, 0.05) * 2**attempt)  # noqa: S311 - only spreads the retries
        yield attempt
    raise OperationalError(f"DynamoDB {operation}: throttled")
