"""The tables that models declare, and how an existing table differs from its declaration.

Items are encrypted at rest with DynamoDB's own key. A customer-managed key costs KMS requests, and is left to whoever
runs the account.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models

from .client import call, table
from .fields import EpochField
from .indexes import Access, indexes
from .keys import key_fields
from .tables import (
    add_index,
    at_rest,
    create,
    describe,
    enable_recovery,
    enable_ttl,
    is_protected,
    ttl_of,
    unfinished,
    update,
)
from .values import attribute_type


@dataclass(frozen=True)
class Difference:
    """A difference from the declaration, and the function that fixes it; None if that would destroy data.

    A `harmless` one is only reported, because the declared models work with it.
    """

    what: str
    fix: Callable[[], Any] | None = None
    harmless: bool = False


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
    """The attribute that holds when an item expires, if any."""
    return next((f.column for f in model._meta.concrete_fields if isinstance(f, EpochField) and f.ttl), None)


def differences(model: type[models.Model]) -> Iterator[Difference]:
    """The differences of a table from its declaration. Each is determined after the previous one was handled."""
    wanted = definition(model)
    name = wanted["TableName"]
    table = describe(name)
    if table is None:
        yield Difference("table", lambda: create(wanted))
    elif missing := unfinished(table):
        yield Difference(f"{missing}, which is still being made", lambda: at_rest(name))
    if (table := describe(name)) is None:
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
            yield Difference(f"index {name}", functools.partial(add_index, wanted, index))
        elif differing := _differing(table, found[name], wanted, index):
            yield Difference(f"index {name}: {differing}")
    for name in found.keys() - declared.keys():
        # A release that no longer needs it is deployed first, and then somebody deletes it.
        yield Difference(f"index {name} that isn't declared", harmless=True)


def _differing(table: dict[str, Any], found: dict[str, Any], wanted: dict[str, Any], index: dict[str, Any]) -> str:
    keys, declared = _typed_keys(table, found["KeySchema"]), _typed_keys(wanted, index["KeySchema"])
    if keys != declared:
        return f"key {keys} instead of {declared}"
    actual, expected = (_projected(each["Projection"]) for each in (found, index))
    return "" if actual == expected else f"projection {actual} instead of {expected}"


def _projected(projection: dict[str, Any]) -> str:
    return " ".join([projection["ProjectionType"], *sorted(projection.get("NonKeyAttributes", []))])


def _ttl(name: str, wanted: str | None) -> Iterator[Difference]:
    found = ttl_of(name)
    if found == wanted:
        return
    if found:
        yield Difference(f"TTL on {found} instead of {wanted}")
        return
    yield Difference(f"TTL on {wanted}", lambda: enable_ttl(name, wanted))


def _protection(name: str, table: dict[str, Any]) -> Iterator[Difference]:
    if not is_protected(table):
        change = {"TableName": name, "DeletionProtectionEnabled": True}
        yield Difference("deletion protection", lambda: update(change, is_protected))
    backups = call("describe_continuous_backups", TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if recovery != "ENABLED":
        yield Difference("point-in-time recovery", lambda: enable_recovery(name))
