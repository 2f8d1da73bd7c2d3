"""Python values as DynamoDB attributes, and back."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import models
from django.db.backends.utils import format_number
from django.db.models import Value
from django.db.utils import DataError, NotSupportedError

Attribute = dict[str, Any]

PLAIN = {str, int, bool, Decimal, type(None)}  # most values, which need no unwrapping
TEXT = {models.CharField, models.TextField}  # most fields, whose values are stored as they are; without subclasses
DIGITS_38 = 10**38


def aware(value: datetime) -> datetime:
    """The datetime itself. Raises ValueError if it has no time zone, and so isn't a certain moment."""
    if value.tzinfo is None:
        raise ValueError(f"naive datetime {value.isoformat()}: give it a time zone")
    return value


def dump(field: models.Field, value: Any) -> Attribute | None:
    """A field's value as the attribute to store, or None. Raises DataError for what it can't hold."""
    if type(value) is str and type(field) in TEXT:
        return dump_value(value)
    prepared = _prepared(field, value)
    if isinstance(prepared, Decimal) and hasattr(field, "to_store"):
        prepared = field.to_store(prepared)
    return None if prepared is None else dump_value(prepared)


def operand(field: models.Field, value: Any) -> Attribute | None:
    """A value to compare a field with, which may be more exact than what the field stores."""
    prepared = _prepared(field, value)
    return None if prepared is None else dump_value(prepared)


def _prepared(field: models.Field, value: Any) -> Any:
    if type(value) is datetime:
        aware(value)
    elif type(value) not in PLAIN:
        value = _unwrapped(field, value)
    prepared = field.get_prep_value(value)
    if isinstance(field, models.JSONField):
        return prepared if prepared is None else _plain_json(field, prepared)
    return _quantized(field, prepared) if isinstance(prepared, Decimal) else prepared


def _unwrapped(field: models.Field, value: Any) -> Any:
    """The key of an instance, and the value of a `Value`. Raises NotSupportedError for any other expression."""
    if hasattr(value, "prepare_database_save"):
        if not field.remote_field:
            raise TypeError(f"{field}: expected a value, not an instance; pass its key")
        value = value.prepare_database_save(field)
    if isinstance(value, Value):
        value = value.value
    if hasattr(value, "resolve_expression"):
        raise NotSupportedError(f"{field}: DynamoDB can't compute {type(value).__name__}")
    return aware(value) if isinstance(value, datetime) else value


def _quantized(field: models.Field, value: Decimal) -> Decimal:
    """A Decimal with the field's number of places, as in SQL, so that equal ones are stored alike."""
    if not isinstance(field, models.DecimalField):
        return value
    try:
        return Decimal(str(format_number(value, field.max_digits, field.decimal_places)))
    except InvalidOperation:
        raise DataError(f"{field}: more than {field.max_digits} digits, or not a number") from None


def _plain_json(field: models.JSONField, value: Any) -> Any:
    """A value as the field's encoder writes it in JSON. Raises ValueError for what isn't JSON: NaN, infinity."""
    return json.loads(json.dumps(value, cls=field.encoder, allow_nan=False), parse_float=Decimal)


def dump_value(value: Any) -> Attribute:
    """Any supported Python value as a DynamoDB attribute. Raises NotSupportedError naming the type otherwise."""
    match value:
        case str():
            return {"S": value if value.isascii() else _encodable(value)}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": _number_text(value)}
        case bytes() | bytearray() | memoryview():
            return {"B": bytes(value)}
        case datetime():
            # Always 26 characters and "Z", so that the order of the strings is the order of the times.
            naive = aware(value).astimezone(UTC).replace(tzinfo=None)
            return {"S": f"{naive.isoformat(timespec='microseconds')}Z"}
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
    raise NotSupportedError(f"DynamoDB can't store {type(value).__name__}; use Decimal, str or bytes")


def _encodable(text: str) -> str:
    """The text itself. Raises DataError for one that UTF-8 can't encode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise DataError("DynamoDB holds texts in UTF-8, which has no lone surrogates") from None
    return text


def _number_text(value: int | Decimal) -> str:
    """A number as DynamoDB's text of it. Raises DataError if it has none."""
    if isinstance(value, int) and -DIGITS_38 < value < DIGITS_38:
        return str(value)
    number = Decimal(value)
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if not number.is_finite() or len(digits) > 38 or (number and not -130 <= number.adjusted() <= 125):
        raise DataError("DynamoDB holds numbers of up to 38 digits, from 1e-130 to 1e125")
    return str(value)


def _dump_set(values: set[Any] | frozenset[Any]) -> Attribute:
    attributes = [dump_value(value) for value in values]
    kinds = {kind for attribute in attributes for kind in attribute}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise NotSupportedError("a DynamoDB set holds only strings, only numbers or only bytes, and at least one")
    kind = kinds.pop()
    return {f"{kind}S": sorted(attribute[kind] for attribute in attributes)}


def same(one: Attribute | None, other: Attribute | None) -> bool:
    """Whether two attributes are equal in DynamoDB, where 1.0 equals 1 and, unlike in Python, true doesn't."""
    if one is None or other is None:
        return one is other
    ((kind, value),), ((other_kind, other_value),) = one.items(), other.items()
    if kind != other_kind:
        return False
    match kind:
        case "L":
            return len(value) == len(other_value) and all(map(same, value, other_value))
        case "M":
            return value.keys() == other_value.keys() and all(same(value[key], other_value[key]) for key in value)
    return bool(load_value(one) == load_value(other))


def load(field: models.Field, attribute: Attribute | None) -> Any:
    """A stored attribute as the field's value. If the item doesn't have it: None, or the default if not nullable."""
    if attribute is None:
        return None if field.null else getattr(field, "missing", field.get_default)()
    if type(field) in TEXT and "S" in attribute:
        return attribute["S"]
    value = load_value(attribute)
    if isinstance(field, models.JSONField):
        return json.loads(json.dumps(value, default=_json_number), cls=field.decoder)
    value = field.to_python(value)
    if isinstance(field, models.DecimalField) and isinstance(value, Decimal):
        return value.quantize(Decimal(1).scaleb(-field.decimal_places))
    return value


def _json_number(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


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
    """DynamoDB's type for a key of that field: "S", "N" or "B". Raises NotSupportedError if it can't be a key."""
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
