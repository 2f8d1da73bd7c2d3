"""Primary keys: one field, or two fields that are addressed as one text."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.utils import DataError

from .values import Attribute, attribute_type, dump, load, load_value

Attributes = dict[str, Attribute]
T = TypeVar("T")

SEPARATOR = " "
PARTITION_BYTES, SORT_BYTES = 2048, 1024  # DynamoDB's limits


class CompositeKeyField(models.CharField):
    """A primary key of two fields of the model: the table's partition key and its sort key.

    `key = CompositeKeyField("subject", "sid")`: items are found by `subject`, in the order of `sid`, or by both. The
    key itself isn't stored: its value is the text of both, with a space between, as "ann 17". A tuple of the two is
    taken wherever a key is. The sort key's text may hold no space; the partition key's may.
    """

    def __init__(self, partition: str, sort: str, **kwargs: Any) -> None:
        self.names = (partition, sort)
        size = PARTITION_BYTES + len(SEPARATOR) + SORT_BYTES
        super().__init__(**{"max_length": size, **kwargs, "primary_key": True, "editable": False})

    def deconstruct(self) -> Any:
        name, path, _, kwargs = super().deconstruct()
        return name, path, self.names, kwargs

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        self.creation_counter = 10**9  # the last field: whoever gives `__init__` a key gives it both halves
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _Composed(self))

    @functools.cached_property
    def halves(self) -> tuple[models.Field, models.Field]:
        """The fields of the partition key and of the sort key."""
        partition, sort = map(self.model._meta.get_field, self.names)
        return partition, sort

    def join(self, values: Sequence[Any]) -> str:
        """The key's text. Raises ValueError for what can't be told apart again."""
        partition, sort = map(_text, self.halves, values)
        if SEPARATOR in sort:
            raise ValueError(f"{self}: {self.names[1]} may hold no {SEPARATOR!r}")
        return f"{partition}{SEPARATOR}{sort}"

    def split(self, text: str) -> tuple[Any, Any]:
        """The values of both halves. Raises ValueError for a text that is no key."""
        texts = text.rpartition(SEPARATOR)[::2]
        if not all(texts):
            raise ValueError(f"{self}: a key is two texts with {SEPARATOR!r} between")
        partition, sort = map(_value, self.halves, texts)
        return partition, sort

    def get_prep_value(self, value: Any) -> Any:
        return self.join(value) if isinstance(value, (tuple, list)) else super().get_prep_value(value)

    def to_python(self, value: Any) -> Any:
        return self.join(value) if isinstance(value, (tuple, list)) else super().to_python(value)


class _Composed:
    """A composite key on an instance: what its halves say, and when it is set, what they become."""

    def __init__(self, field: CompositeKeyField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: Any = None) -> Any:
        if instance is None:
            return self
        values = [instance.__dict__.get(name) for name in self.field.names]
        return None if any(value in (None, "") for value in values) else self.field.join(values)

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value  # else Django takes the field for a deferred one
        if value:
            values = value if isinstance(value, (tuple, list)) else self.field.split(value)
            instance.__dict__.update(zip(self.field.names, values, strict=True))


def _text(field: models.Field, value: Any) -> str:
    attribute = dump(field, value)
    return "" if attribute is None else str(*attribute.values())


def _value(field: models.Field, text: str) -> Any:
    return load(field, {attribute_type(field): text})


def once_a_model(function: Callable[[type[models.Model]], T]) -> Callable[[type[models.Model]], T]:
    """`functools.cache` for what depends on a model alone, which mypy finds not hashable."""
    return functools.cache(function)  # type: ignore[return-value]


@once_a_model
def key_fields(model: type[models.Model]) -> tuple[models.Field, ...]:
    """The fields of the table's key as DynamoDB holds it: the partition key, and the sort key if there is one."""
    pk = model._meta.pk
    return pk.halves if isinstance(pk, CompositeKeyField) else (pk,)


@once_a_model
def stored_fields(model: type[models.Model]) -> tuple[models.Field, ...]:
    """The fields that are attributes of an item: all but a composite key."""
    return tuple(field for field in model._meta.concrete_fields if not isinstance(field, CompositeKeyField))


def stored(field: models.Field, item: Attributes) -> Attribute | None:
    """A field's attribute in an item, a composite key's as the text of its halves; None when it isn't there."""
    if not isinstance(field, CompositeKeyField):
        return item.get(field.column)
    texts = [str(*item[half.column].values()) for half in field.halves if half.column in item]
    return {"S": SEPARATOR.join(texts)} if len(texts) == 2 else None


def key_in(model: type[models.Model], item: Attributes) -> Attributes:
    """The key attributes of an item."""
    return {field.column: item[field.column] for field in key_fields(model)}


KeyID = tuple[tuple[str, Any], ...]


def key_id(model: type[models.Model], item: Attributes) -> KeyID:
    """What tells the key of an item, or a key, from all others of its table: 1 and 1.0 are the same number."""
    return tuple(
        (kind, load_value({kind: value})) for each in key_in(model, item).values() for kind, value in each.items()
    )


def pk_in(model: type[models.Model], item: Attributes) -> Any:
    """The primary key of an item, as a value."""
    return load(model._meta.pk, stored(model._meta.pk, item))


def key_of(model: type[models.Model], pk: Any) -> Attributes:
    """The key attributes of the item with that primary key. Raises DataError, without the value, for what is none."""
    found = possible_key(model, pk)
    if found is None:
        raise DataError(f"{model.__name__}: not a primary key: empty, too long, or not of its type")
    return found


def possible_key(model: type[models.Model], pk: Any) -> Attributes | None:
    """The same; None for what no item can have as its key, so that no request is needed to find nothing."""
    field = model._meta.pk
    if isinstance(field, CompositeKeyField):
        try:
            values = tuple(pk) if isinstance(pk, (tuple, list)) else field.split(pk)
            field.join(values)
        except (ArithmeticError, AttributeError, TypeError, ValueError, ValidationError):
            return None
    else:
        values = (pk,)
    attributes = {half.column: dump(half, value) for half, value in zip(key_fields(model), values, strict=True)}
    fits = all(map(_fits, attributes.values(), (PARTITION_BYTES, SORT_BYTES)))
    return attributes if fits else None  # type: ignore[return-value]  # `_fits` lets no None through


def _fits(attribute: Attribute | None, limit: int) -> bool:
    if attribute is None:
        return False
    ((kind, value),) = attribute.items()
    # A lone surrogate, which has no bytes of its own, is no part of any key either.
    size = len(value.encode(errors="replace") if kind == "S" else value)
    return kind == "N" or 0 < size <= limit
