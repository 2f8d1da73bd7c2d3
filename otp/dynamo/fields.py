"""Fields that Django doesn't have: epoch seconds, lists, sets, partitions, and times that are unique."""

import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from urllib.parse import quote

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.utils import NotSupportedError

from .values import aware, dump, dump_value

EPOCH = datetime.fromtimestamp(0, UTC)


class EpochField(models.DateTimeField):
    """An aware datetime, stored as whole epoch seconds, as TTL requires. `ttl=True` makes it the TTL of the table."""

    attribute_type = "N"

    def __init__(self, *args: Any, ttl: bool = False, **kwargs: Any) -> None:
        self.ttl = ttl
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "ttl": self.ttl}

    def get_prep_value(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        seconds, rest = divmod(aware(value) - EPOCH, timedelta(seconds=1))
        return seconds + Decimal(rest.microseconds) / 1_000_000 if rest else seconds  # a comparison needs the fraction

    def to_store(self, value: Decimal) -> int:
        return int(value.to_integral_value(ROUND_FLOOR))

    def to_python(self, value: Any) -> Any:
        if isinstance(value, (int, Decimal)):
            return datetime.fromtimestamp(int(value), UTC)
        return super().to_python(value)


class UniqueTimeField(models.DateTimeField):
    """An aware datetime that is stored with the item's key appended, so that no two items have the same value.

    As the second field of an index it gives items with equal times the same order everywhere, forwards and backwards.
    A stored value sorts after its bare time, so of all comparisons only `gte` and `lt` are right, and the others raise.
    """

    unique = True  # so the stock admin adds no further field to make an order total

    def with_key(self, value: Any, pk: Any) -> Any:
        """A time as it is stored in the item with that key. Any other value is returned as it is."""
        if not isinstance(value, datetime):
            return value
        return f"{dump_value(value)['S']}#{pk}"

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        return self.with_key(super().pre_save(instance, add), instance.pk)

    def get_prep_value(self, value: Any) -> Any:
        return value if isinstance(value, str) and "#" in value else super().get_prep_value(value)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.partition("#")[0] if isinstance(value, str) else value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("gte", "lt", "isnull"):
            raise NotSupportedError(f"{self}: no {lookup_name}; a time with its key is filtered by gte and lt")
        return super().get_lookup(lookup_name)


class CollectionField(models.Field):
    """The base of lists and sets, which forms and serializers write as JSON."""

    kind: type = list

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value if value is None else self.kind(value)
        try:
            found = json.loads(value, parse_float=Decimal)
        except ValueError as error:
            raise ValidationError("Enter a list in JSON.", code="invalid") from error
        if not isinstance(found, list):
            raise ValidationError("Enter a list in JSON.", code="invalid")
        return self.kind(found)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, (str, bytes, Mapping)):
            raise TypeError(f"{self}: a {self.kind.__name__}, not {type(value).__name__}")
        return None if value is None else self.kind(value)

    def value_to_string(self, obj: models.Model) -> str:
        return _as_json(self.value_from_object(obj))

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": CollectionFormField, "kind": self.kind, **kwargs})


def _as_json(value: Any) -> str:
    """Raises TypeError for what JSON can't hold: bytes, and Decimals that would lose digits."""
    return json.dumps(sorted(value) if isinstance(value, (set, frozenset)) else value, default=_json_number)


def _json_number(value: Any) -> float:
    if isinstance(value, Decimal) and Decimal(repr(float(value))) == value:
        return float(value)
    raise TypeError(f"JSON can't represent this {type(value).__name__}")


class CollectionFormField(forms.CharField):
    """A list or set as JSON in a line of text."""

    def __init__(self, *, kind: type, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else _as_json(value)

    def to_python(self, value: Any) -> Any:
        field = ListField() if self.kind is list else SetField()
        return self.kind() if value in self.empty_values else field.to_python(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or self.kind()) != self.to_python(data))


class ListField(CollectionField):
    """A list of strings, numbers, bytes, or of further lists and dicts. Ordered."""

    def get_internal_type(self) -> str:
        return "ListField"


class SetField(CollectionField):
    """A set of strings, of numbers, or of bytes. DynamoDB has no empty sets: the attribute is absent then."""

    kind = set
    missing = set  # the value of an item without the attribute

    def get_internal_type(self) -> str:
        return "SetField"

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value) or None


class PartitionField(models.CharField):
    """The first field of an index that finds items by several fields, or by none. Set when an item is written.

    `PartitionField("outcome", shards=4)` holds "sent#0" to "sent#3", and without a field "0" to "3". One partition
    takes about a thousand writes a second; shards spread them, and a query reads all shards. `shards`, a number or a
    callable, may grow but not shrink: items in the shards that are left out would no longer be found.
    """

    def __init__(self, *parts: str, shards: int | Callable[[], int] = 1, **kwargs: Any) -> None:
        self.parts, self.shards = parts, shards
        super().__init__(**{"max_length": 1024, "blank": True, "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, _, kwargs = super().deconstruct()
        return name, path, self.parts, {**kwargs, "shards": self.shards}

    def values(self, parts: Mapping[str, Any]) -> list[str]:
        """The value in each shard for the given values of the parts; none if one of these is None."""
        attributes = [dump(self.model._meta.get_field(part), parts[part]) for part in self.parts]
        if None in attributes:
            return []
        texts = [str(text) for each in attributes if each for text in each.values()]
        prefix = "".join(f"{quote(text, safe='')}#" for text in texts)  # no two lists of texts look alike
        return [f"{prefix}{shard}" for shard in range(self.shards() if callable(self.shards) else self.shards)]

    def choose(self, parts: Mapping[str, Any]) -> str | None:
        """The value for a new item: of a random shard."""
        return _any_of(self.values(parts))

    def pre_save(self, instance: models.Model, add: bool) -> str | None:
        """The item's value. It keeps the one it has if that still fits: a change costs two more writes in the index."""
        values = self.values({part: getattr(instance, part) for part in self.parts})
        if getattr(instance, self.attname) not in values:
            setattr(instance, self.attname, _any_of(values))
        return getattr(instance, self.attname)


def _any_of(values: list[str]) -> str | None:
    return random.choice(values) if values else None  # noqa: S311 - spreads load
