"""Tables as models declare them, and what has to be done to a table until it is as declared.

Items are encrypted at rest with DynamoDB's own key, as always; a key of one's own costs a KMS request now and then,
and is a decision for whoever runs the account.
"""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.db.utils import DatabaseError, OperationalError, ProgrammingError

from .client import InUse, call, table
from .fields import EpochField
from .indexes import Access, indexes
from .keys import key_fields
from .values import attribute_type

WAIT = 600  # seconds: filling a new index of a big table takes minutes
POLL = 1  # seconds


@dataclass(frozen=True)
class Difference:
    """One thing that isn't as declared, and what would mend it: None where that would destroy something."""

    what: str
    mend: Callable[[], Any] | None = None


def definition(model: type[models.Model]) -> dict[str, Any]:
    """The parameters of CreateTable for a model."""
    keys = [*key_fields(model), *(field for index in indexes(model) for field in (index.hash, index.range) if field)]
    made: dict[str, Any] = {
        "TableName": table(model),
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [_attribute(field) for field in dict.fromkeys(keys)],
        "KeySchema": _key_schema(*key_fields(model)),
    }
    if model._meta.indexes:
        made["GlobalSecondaryIndexes"] = [_index(model, index) for index in indexes(model)]
    if protected():
        made["DeletionProtectionEnabled"] = True
    return made


def protected() -> bool:
    """Whether tables get point-in-time recovery and deletion protection: unless DYNAMO_PROTECTED is False."""
    return getattr(settings, "DYNAMO_PROTECTED", True)


def ttl_attribute(model: type[models.Model]) -> str | None:
    """The attribute that says when an item lapses, if any."""
    return next((f.column for f in model._meta.concrete_fields if isinstance(f, EpochField) and f.ttl), None)


def differences(model: type[models.Model]) -> Iterator[Difference]:
    """What isn't as declared, one after the other, each as things are once the one before is mended or left."""
    wanted = definition(model)
    name = wanted["TableName"]
    table = _describe(name)
    if table is None:
        yield Difference("table", lambda: _create(wanted))
    elif unfinished := _unfinished(table):
        yield Difference(f"{unfinished}, which is still being made", lambda: _at_rest(name))
    if (table := _describe(name)) is None:
        return
    yield from _keys(table, wanted)
    yield from _indexes(table, wanted)
    yield from _ttl(name, ttl_attribute(model))
    if protected():
        yield from _protection(name, table)


def _attribute(field: models.Field) -> dict[str, str]:
    return {"AttributeName": field.column, "AttributeType": attribute_type(field)}


def _key_schema(hash_field: models.Field, range_field: models.Field | None = None) -> list[dict[str, str]]:
    schema = [{"AttributeName": hash_field.column, "KeyType": "HASH"}]
    if range_field:
        schema.append({"AttributeName": range_field.column, "KeyType": "RANGE"})
    return schema


def _index(model: type[models.Model], index: Access) -> dict[str, Any]:
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index.hash, index.range),
        "Projection": _projection(model, index),
    }


def _projection(model: type[models.Model], index: Access) -> dict[str, Any]:
    if index.columns is None:
        return {"ProjectionType": "ALL"}
    keys = {field.column for field in (*key_fields(model), index.hash, index.range) if field}
    if not (included := sorted(index.columns - keys)):
        return {"ProjectionType": "KEYS_ONLY"}
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": included}


def _describe(name: str) -> dict[str, Any] | None:
    try:
        return call("describe_table", TableName=name)["Table"]
    except ProgrammingError:
        return None


def _create(wanted: dict[str, Any]) -> None:
    """Make a table, and wait until it is there: right after CreateTable, DescribeTable may not know it yet."""
    with suppress(InUse):
        call("create_table", **wanted)
    _at_rest(wanted["TableName"])


def _update(change: dict[str, Any], is_made: Callable[[dict[str, Any]], bool]) -> None:
    """Ask for a change of a table until it is made: DynamoDB takes one at a time, and its answer may be lost."""
    deadline = time.monotonic() + WAIT
    while not is_made(_at_rest(change["TableName"])):
        with suppress(OperationalError):
            call("update_table", **change)
        _pause(deadline)


def _at_rest(name: str) -> dict[str, Any]:
    """The table once neither it nor an index is being changed."""
    deadline = time.monotonic() + WAIT
    while (table := _describe(name)) is None or _unfinished(table):
        _pause(deadline)
    return table


def _unfinished(table: dict[str, Any]) -> str:
    """What of it can't be used yet, if anything: an index refuses every Query until it is filled."""
    if table["TableStatus"] != "ACTIVE":
        return "table"
    filling = [each for each in table.get("GlobalSecondaryIndexes", []) if each["IndexStatus"] != "ACTIVE"]
    return f"index {filling[0]['IndexName']}" if filling else ""


def _pause(deadline: float) -> None:
    """Raises OperationalError when the time is over; called while an error is handled, it goes along as the reason."""
    if time.monotonic() > deadline:
        raise OperationalError("A table is still being changed: run this again later")
    time.sleep(POLL)


def _typed_keys(described: dict[str, Any], schema: list[dict[str, str]]) -> list[tuple[str, str]]:
    types = {each["AttributeName"]: each["AttributeType"] for each in described["AttributeDefinitions"]}
    return [(each["AttributeName"], types[each["AttributeName"]]) for each in schema]


def _keys(table: dict[str, Any], wanted: dict[str, Any]) -> Iterator[Difference]:
    found, declared = (_typed_keys(each, each["KeySchema"]) for each in (table, wanted))
    if found != declared:
        yield Difference(f"key {found} instead of {declared}")


def _indexes(table: dict[str, Any], wanted: dict[str, Any]) -> Iterator[Difference]:
    found = {each["IndexName"]: each for each in table.get("GlobalSecondaryIndexes", [])}
    declared = {each["IndexName"]: each for each in wanted.get("GlobalSecondaryIndexes", [])}
    for name, index in declared.items():
        if name not in found:
            yield Difference(f"index {name}", functools.partial(_add_index, wanted, index))
        elif differing := _differing(table, found[name], wanted, index):
            yield Difference(f"index {name}: {differing}")
    for name in found.keys() - declared.keys():
        yield Difference(f"index {name} that isn't declared")


def _add_index(wanted: dict[str, Any], index: dict[str, Any]) -> None:
    """DynamoDB makes one index at a time, and wants the types of keys that are in use then, of no others."""
    now = call("describe_table", TableName=wanted["TableName"])["Table"]["AttributeDefinitions"]
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    needed = [each for each in wanted["AttributeDefinitions"] if each["AttributeName"] in keys and each not in now]
    request = {
        "TableName": wanted["TableName"],
        "AttributeDefinitions": now + needed,
        "GlobalSecondaryIndexUpdates": [{"Create": index}],
    }
    _update(request, lambda table: index["IndexName"] in _names(table))


def _names(table: dict[str, Any]) -> list[str]:
    return [each["IndexName"] for each in table.get("GlobalSecondaryIndexes", [])]


def _differing(table: dict[str, Any], found: dict[str, Any], wanted: dict[str, Any], index: dict[str, Any]) -> str:
    keys, declared = _typed_keys(table, found["KeySchema"]), _typed_keys(wanted, index["KeySchema"])
    if keys != declared:
        return f"key {keys} instead of {declared}"
    held, asked = (_held(each["Projection"]) for each in (found, index))
    return "" if held == asked else f"projection {held} instead of {asked}"


def _held(projection: dict[str, Any]) -> str:
    return " ".join([projection["ProjectionType"], *sorted(projection.get("NonKeyAttributes", []))])


def _ttl_of(name: str) -> str | None:
    """The attribute that TTL is on, or is about to be on."""
    described = call("describe_time_to_live", TableName=name)["TimeToLiveDescription"]
    return described.get("AttributeName") if described["TimeToLiveStatus"] in ("ENABLED", "ENABLING") else None


def _ttl(name: str, wanted: str | None) -> Iterator[Difference]:
    found = _ttl_of(name)
    if found == wanted:
        return
    if found:
        yield Difference(f"TTL on {found} instead of {wanted}")
        return
    yield Difference(f"TTL on {wanted}", lambda: _enable_ttl(name, wanted))


def _enable_ttl(name: str, attribute: str | None) -> None:
    """DynamoDB refuses to enable what is enabled: as it is when the first answer was lost."""
    change = {"AttributeName": attribute, "Enabled": True}
    try:
        call("update_time_to_live", TableName=name, TimeToLiveSpecification=change)
    except DatabaseError:
        if _ttl_of(name) != attribute:
            raise


def _protection(name: str, table: dict[str, Any]) -> Iterator[Difference]:
    if not _is_protected(table):
        change = {"TableName": name, "DeletionProtectionEnabled": True}
        yield Difference("deletion protection", lambda: _update(change, _is_protected))
    backups = call("describe_continuous_backups", TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if recovery != "ENABLED":
        yield Difference("point-in-time recovery", lambda: _enable_recovery(name))


def _is_protected(table: dict[str, Any]) -> bool:
    return bool(table.get("DeletionProtectionEnabled"))


def _enable_recovery(name: str) -> None:
    """Of a table made just now DynamoDB refuses it for a few seconds."""
    deadline = time.monotonic() + WAIT
    wanted = {"PointInTimeRecoveryEnabled": True}
    while True:
        try:
            call("update_continuous_backups", TableName=name, PointInTimeRecoverySpecification=wanted)
            return
        except OperationalError:
            _pause(deadline)
