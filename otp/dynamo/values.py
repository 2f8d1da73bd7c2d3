"""Python values as DynamoDB attributes, and back."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.db.utils import NotSupportedError

Attribute = dict[str, Any]


def aware(value: datetime) -> datetime:
    """The datetime itself. Raises ValueError when it has no time zone: it could be any of several moments."""
    if value.tzinfo is None:
        raise ValueError(f"naive datetime {value.isoformat()}: give it a time zone")
    return value


def dump(field: models.Field, value: Any) -> Attribute | None:
    """A field's value as a DynamoDB attribute; None when there is none to store."""
    if isinstance(value, datetime):
        aware(value)
    value = field.get_prep_value(value)
    return None if value is None else dump_value(value)


def dump_value(value: Any) -> Attribute:
    """Any supported Python value as a DynamoDB attribute. Raises NotSupportedError naming the type otherwise."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(value)}
        case bytes() | bytearray() | memoryview():
            return {"B": bytes(value)}
        case datetime():
            # Always 26 characters and "Z", so that the order of the strings is the order of the times.
            return {"S": aware(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        case date():
            return {"S": value.isoformat()}
        case UUID():
            return {"S": str(value)}
        case list() | tuple():
            return {"L": [dump_value(each) for each in value]}
        case set() | frozenset():
            return _dump_set(value)
        case Mapping():
            return {"M": {str(key): dump_value(each) for key, each in value.items()}}
        case None:
            return {"NULL": True}
    raise NotSupportedError(f"DynamoDB stores no {type(value).__name__}; use Decimal, str or bytes")


def _dump_set(values: set[Any] | frozenset[Any]) -> Attribute:
    attributes = [dump_value(value) for value in values]
    kinds = {kind for attribute in attributes for kind in attribute}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise NotSupportedError("a DynamoDB set holds only strings, only numbers or only bytes, and at least one")
    kind = kinds.pop()
    return {f"{kind}S": sorted(attribute[kind] for attribute in attributes)}


def load(field: models.Field, attribute: Attribute | None) -> Any:
    """A stored attribute as the field's value; the field's default when the item doesn't carry it."""
    return field.get_default() if attribute is None else field.to_python(load_value(attribute))


def load_value(attribute: Attribute) -> Any:
    """A DynamoDB attribute as a plain Python value: int or Decimal for numbers, set, list, dict, bytes, str."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL" | "B":
            return value
        case "N":
            return _number(value)
        case "L":
            return [load_value(each) for each in value]
        case "M":
            return {key: load_value(each) for key, each in value.items()}
        case "SS" | "BS":
            return set(value)
        case "NS":
            return {_number(each) for each in value}
        case "NULL":
            return None
    raise NotSupportedError(f"unknown DynamoDB type {kind}")


def _number(text: str) -> int | Decimal:
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)


def attribute_type(field: models.Field) -> str:
    """How DynamoDB types a key of that field: "S", "N" or "B". Raises NotSupportedError for what cannot be a key."""
    if declared := getattr(field, "attribute_type", None):
        return declared
    match field:
        case models.IntegerField() | models.DecimalField():
            return "N"
        case models.CharField() | models.TextField() | models.DateField() | models.UUIDField():
            return "S"
        case models.BinaryField():
            return "B"
    raise NotSupportedError(f"{field}: DynamoDB orders only strings, numbers, bytes and times")
