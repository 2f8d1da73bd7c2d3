"""Creates and changes tables. Each function waits until the change is made, and accepts that it was made before."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db.utils import DatabaseError, OperationalError, ProgrammingError

from .client import InUse, call

WAIT = 600  # seconds: filling a new index of a big table takes minutes
POLL = 1  # seconds


def describe(name: str) -> dict[str, Any] | None:
    try:
        return call("describe_table", TableName=name)["Table"]
    except ProgrammingError:
        return None


def create(wanted: dict[str, Any]) -> None:
    """Create a table. Right after CreateTable, DescribeTable may not know it yet."""
    with suppress(InUse):
        call("create_table", **wanted)
    at_rest(wanted["TableName"])


def update(change: dict[str, Any], is_made: Callable[[dict[str, Any]], bool]) -> None:
    """Request a change until it is made: DynamoDB makes one at a time, and a response may be lost."""
    deadline = time.monotonic() + WAIT
    while not is_made(at_rest(change["TableName"])):
        with suppress(OperationalError):
            call("update_table", **change)
        _pause(deadline)


def at_rest(name: str) -> dict[str, Any]:
    """Wait until neither the table nor an index is being changed. Returns the table's description."""
    deadline = time.monotonic() + WAIT
    while (table := describe(name)) is None or unfinished(table):
        _pause(deadline)
    return table


def unfinished(table: dict[str, Any]) -> str:
    """The part of a table that can't be used yet, or "". An index refuses queries until it is filled."""
    if table["TableStatus"] != "ACTIVE":
        return "table"
    filling = [each for each in table.get("GlobalSecondaryIndexes", []) if each["IndexStatus"] != "ACTIVE"]
    return f"index {filling[0]['IndexName']}" if filling else ""


def _pause(deadline: float) -> None:
    """Wait a moment. Raises OperationalError after the deadline."""
    if time.monotonic() > deadline:
        raise OperationalError("A table is still being changed: run this again later")
    time.sleep(POLL)


def add_index(wanted: dict[str, Any], index: dict[str, Any]) -> None:
    """Add an index. The request has to give the types of the keys in use with the index, and no others."""
    now = call("describe_table", TableName=wanted["TableName"])["Table"]["AttributeDefinitions"]
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    needed = [each for each in wanted["AttributeDefinitions"] if each["AttributeName"] in keys and each not in now]
    request = {
        "TableName": wanted["TableName"],
        "AttributeDefinitions": now + needed,
        "GlobalSecondaryIndexUpdates": [{"Create": index}],
    }
    update(request, lambda table: index["IndexName"] in _names(table))


def _names(table: dict[str, Any]) -> list[str]:
    return [each["IndexName"] for each in table.get("GlobalSecondaryIndexes", [])]


def ttl_of(name: str) -> str | None:
    """The attribute of the TTL that is enabled or being enabled, or None."""
    described = call("describe_time_to_live", TableName=name)["TimeToLiveDescription"]
    return described.get("AttributeName") if described["TimeToLiveStatus"] in ("ENABLED", "ENABLING") else None


def enable_ttl(name: str, attribute: str | None) -> None:
    """Enable TTL. DynamoDB refuses that if it is enabled, for example because the first response was lost."""
    change = {"AttributeName": attribute, "Enabled": True}
    try:
        call("update_time_to_live", TableName=name, TimeToLiveSpecification=change)
    except DatabaseError:
        if ttl_of(name) != attribute:
            raise


def is_protected(table: dict[str, Any]) -> bool:
    return bool(table.get("DeletionProtectionEnabled"))


def enable_recovery(name: str) -> None:
    """Enable point-in-time recovery, which DynamoDB refuses in the first seconds of a table."""
    deadline = time.monotonic() + WAIT
    wanted = {"PointInTimeRecoveryEnabled": True}
    while True:
        try:
            call("update_continuous_backups", TableName=name, PointInTimeRecoverySpecification=wanted)
            return
        except OperationalError:
            _pause(deadline)
