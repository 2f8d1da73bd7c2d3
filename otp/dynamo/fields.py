"""Values on their way to DynamoDB and back: typed by Django's own fields, plus five that DynamoDB adds."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db import models
from django.db.utils import NotSupportedError

Attribute = dict[str, Any]


class EpochField(models.DateTimeField):
    """An aware datetime, stored as whole epoch seconds: what DynamoDB's TTL reads. `ttl=True` makes it the table's."""

    def __init__(self, *args: Any, ttl: bool = False, **kwargs: Any) -> None:
        self.ttl = ttl
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "ttl": self.ttl}

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return int(aware(value).timestamp())
        return value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, (int, Decimal)):
            return datetime.fromtimestamp(int(value), UTC)
        return super().to_python(value)


class UniqueTimeField(models.DateTimeField):
    """An aware datetime that no two items share: what is stored is the time, and the item's key behind it.

    As an index's range it gives items of one moment an order that is the same both ways, everywhere. With its key an
    item comes after its bare time, so `gte` and `lt` are right, and the only filters there are.
    """

    def unique(self, value: Any, pk: Any) -> Any:
        """A time as it is stored with the item of that key. What is no time stays what it is."""
        if not isinstance(value, datetime):
            return value
        return f"{dump_value(value)['S']}#{pk}"

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        return self.unique(super().pre_save(instance, add), instance.pk)

    def get_prep_value(self, value: Any) -> Any:
        return value if isinstance(value, str) and "#" in value else super().get_prep_value(value)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.partition("#")[0] if isinstance(value, str) else value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("gte", "lt", "isnull"):
            raise NotSupportedError(f"{self}: no {lookup_name}; a time with its key is filtered by gte and lt")
        return super().get_lookup(lookup_name)


class ListField(models.Field):
    """A list of strings, numbers, bytes, or of further lists and dicts. Ordered."""

    def get_internal_type(self) -> str:
        return "ListField"

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else list(value)


class SetField(models.Field):
    """A set of strings, of numbers, or of bytes. DynamoDB keeps no empty set: the attribute is absent then."""

    def get_internal_type(self) -> str:
        return "SetField"

    def get_prep_value(self, value: Any) -> Any:
        return set(value) if value else None


class PartitionField(models.CharField):
    """What an index finds items by when that is several fields, or none: written with the item, never by hand.

    `PartitionField("outcome", shards=4)` holds "sent#0" to "sent#3". One partition takes about a thousand writes a
    second: shards spread them, and a query asks each of them. `shards`, a number or a callable, may grow but not
    shrink, or the items of those left out are no longer found. With no fields at all: "0", "1" and so on.
    """

    def __init__(self, *parts: str, shards: int | Callable[[], int] = 1, **kwargs: Any) -> None:
        self.parts, self.shards = parts, shards
        super().__init__(**{"max_length": 1024, "blank": True, "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, _, kwargs = super().deconstruct()
        return name, path, self.parts, {**kwargs, "shards": self.shards}

    def values(self, parts: Mapping[str, Any]) -> list[str]:
        """The value in each shard for the given values of the parts; none when one of them has no value."""
        attributes = [dump(self.model._meta.get_field(part), parts[part]) for part in self.parts]
        if None in attributes:
            return []
        texts = [str(text) for each in attributes if each for text in each.values()]
        prefix = "".join(f"{quote(text, safe='')}#" for text in texts)  # quoted: no two lists of texts look the same
        return [f"{prefix}{shard}" for shard in range(self.shards() if callable(self.shards) else self.shards)]

    def choose(self, parts: Mapping[str, Any]) -> str | None:
        """The value for an item: of a shard by chance."""
        values = self.values(parts)
        return random.choice(values) if values else None  # noqa: S311 - spreads load, guards nothing

    def pre_save(self, instance: models.Model, add: bool) -> str | None:
        """The item's value; the one that it has while that still fits, since to move it would be two more writes."""
        parts = {part: getattr(instance, part) for part in self.parts}
        if getattr(instance, self.attname) not in self.values(parts):
            setattr(instance, self.attname, self.choose(parts))
        return getattr(instance, self.attname)


def aware(value: datetime) -> datetime:
    """The datetime itself, refused with a ValueError when it has no time zone: nobody could say which moment it is."""
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


def attribute_type(field: models.Field) -> str:
    """How DynamoDB types a key of that field: "S", "N" or "B". Raises NotSupportedError for what cannot be a key."""
    match field:
        case models.IntegerField() | models.DecimalField() | EpochField():
            return "N"
        case models.CharField() | models.TextField() | models.DateField() | models.UUIDField():
            return "S"
        case models.BinaryField():
            return "B"
    raise NotSupportedError(f"{field}: DynamoDB orders only strings, numbers, bytes and times")


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
