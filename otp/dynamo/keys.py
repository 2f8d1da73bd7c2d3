"""Primary keys: one field, or two fields that are combined in one text."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.utils import DataError

from .values import Attribute, attribute_type, dump, load, load_value

Attributes = dict[str, Attribute]
P = ParamSpec("P")
T = TypeVar("T")

SEPARATOR = " "
PARTITION_BYTES, SORT_BYTES = 2048, 1024  # DynamoDB's limits
# Raised by values that can't be a key.
IMPOSSIBLE = (ArithmeticError, AttributeError, TypeError, ValueError, ValidationError, DataError)


class CompositeKeyField(models.CharField):
    """A primary key of two fields of the model: the table's partition key and its sort key.

    `key = CompositeKeyField("subject", "sid")`: items are found by `subject`, in the order of `sid`, or by both. The
    key itself isn't stored: its value is the text of both, with a space between, as "ann 17". A tuple of the two is
    accepted wherever a key is. The sort key's text must not contain a space; the partition key's may.
    """

    def __init__(self, partition: str, sort: str, **kwargs: Any) -> None:
        self.names = (partition, sort)
        size = PARTITION_BYTES + len(SEPARATOR) + SORT_BYTES
        super().__init__(**{"max_length": size, **kwargs, "primary_key": True, "editable": False})

    def deconstruct(self) -> Any:
        name, path, _, kwargs = super().deconstruct()
        return name, path, self.names, kwargs

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        self.creation_counter = 10**9  # last of the fields, so that a key given to `__init__` sets both halves
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _Composed(self))

    @functools.cached_property
    def halves(self) -> tuple[models.Field, models.Field]:
        """The fields of the partition key and of the sort key."""
        partition, sort = map(self.model._meta.get_field, self.names)
        return partition, sort

    def attributes(self, values: Sequence[Any]) -> dict[str, Attribute | None]:
        """The attributes of both halves. Raises ValueError if the key's text couldn't be split again."""
        if len(values) != 2:
            raise ValueError(f"{self}: a key has two parts")
        partition, sort = map(dump, self.halves, values)
        if SEPARATOR in _text(sort):
            raise ValueError(f"{self}: {self.names[1]} must not contain {SEPARATOR!r}")
        return {self.halves[0].column: partition, self.halves[1].column: sort}

    def join(self, values: Sequence[Any]) -> str:
        """The key's text. Raises ValueError if it couldn't be split again."""
        return SEPARATOR.join(map(_text, self.attributes(values).values()))

    def split(self, text: str) -> tuple[Any, Any]:
        """The values of both halves. Raises ValueError for a text that isn't a key."""
        texts = text.rpartition(SEPARATOR)[::2]
        if not all(texts):
            raise ValueError(f"{self}: a key is two texts with {SEPARATOR!r} between")
        partition, sort = map(_value, self.halves, texts)
        return partition, sort

    def possible_halves(self, key: Any) -> tuple[Any, Any] | None:
        """The values of both halves of a text or a tuple; None if it can't be a key."""
        try:
            partition, sort = key if isinstance(key, (tuple, list)) else self.split(key)
            self.join((partition, sort))
        except IMPOSSIBLE:
            return None
        return partition, sort

    def possible_attributes(self, key: Any) -> dict[str, Attribute | None]:
        """The attributes of both halves; none if it can't be a key."""
        try:
            return self.attributes(key if isinstance(key, (tuple, list)) else self.split(key))
        except IMPOSSIBLE:
            return {}

    def get_prep_value(self, value: Any) -> Any:
        return self.join(value) if isinstance(value, (tuple, list)) else super().get_prep_value(value)

    def to_python(self, value: Any) -> Any:
        return self.join(value) if isinstance(value, (tuple, list)) else super().to_python(value)


class _Composed:
    """The descriptor of a composite key: reading combines its halves, and setting it sets them.

    The instance caches the text, with the halves that it was made of, because it is read often.
    """

    def __init__(self, field: CompositeKeyField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: Any = None) -> Any:
        if instance is None:
            return self
        values = tuple(map(instance.__dict__.get, self.field.names))
        if None in values or "" in values:
            return None
        composed = instance.__dict__.get(self.field.attname)
        if not composed or composed[0] != values:
            composed = instance.__dict__[self.field.attname] = values, self.field.join(values)
        return composed[1]

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = None  # without any value, Django treats the field as deferred
        if value:
            values = value if isinstance(value, (tuple, list)) else self.field.split(value)
            instance.__dict__.update(zip(self.field.names, values, strict=True))


def _text(attribute: Attribute | None) -> str:
    return "" if attribute is None else str(*attribute.values())


def _value(field: models.Field, text: str) -> Any:
    return load(field, {attribute_type(field): text})


def cached_by_model(function: Callable[P, T]) -> Callable[P, T]:
    """`functools.cache` for functions of a model, and of a name in it. Mypy doesn't regard models as hashable."""
    return functools.cache(function)  # type: ignore[return-value]


@cached_by_model
def key_fields(model: type[models.Model]) -> tuple[models.Field, ...]:
    """The fields of the table's key: the partition key, and the sort key if there is one."""
    pk = model._meta.pk
    return pk.halves if isinstance(pk, CompositeKeyField) else (pk,)


@cached_by_model
def other_fields(model: type[models.Model]) -> tuple[models.Field, ...]:
    """The stored fields that aren't part of the key."""
    return tuple(field for field in stored_fields(model) if field not in key_fields(model))


@cached_by_model
def stored_fields(model: type[models.Model]) -> tuple[models.Field, ...]:
    """The fields that are attributes of an item: all but a composite key."""
    return tuple(field for field in model._meta.concrete_fields if not isinstance(field, CompositeKeyField))


def stored(field: models.Field, item: Attributes) -> Attribute | None:
    """A field's attribute in an item, or for a composite key the text of both halves. None if it is missing."""
    if not isinstance(field, CompositeKeyField):
        return item.get(field.column)
    texts = [str(*item[half.column].values()) for half in field.halves if half.column in item]
    return {"S": SEPARATOR.join(texts)} if len(texts) == 2 else None


def key_in(model: type[models.Model], item: Attributes) -> Attributes:
    """The key attributes of an item."""
    return {field.column: item[field.column] for field in key_fields(model)}


KeyID = tuple[tuple[str, Any], ...]


def key_id(model: type[models.Model], item: Attributes) -> KeyID:
    """A hashable form of an item's key, or of a key. 1 and 1.0 are the same number."""
    return tuple(
        (kind, load_value({kind: value})) for each in key_in(model, item).values() for kind, value in each.items()
    )


def pk_in(model: type[models.Model], item: Attributes) -> Any:
    """The primary key of an item, as a value."""
    return load(model._meta.pk, stored(model._meta.pk, item))


def key_of(model: type[models.Model], pk: Any) -> Attributes:
    """The key attributes of the item with that primary key. Raises DataError, without the value, if it can't be one."""
    return _required(model, possible_key(model, pk))


def key_of_instance(instance: models.Model) -> Attributes:
    """The key attributes of an instance. Also raises ValueError, for a sort key with a space."""
    model, field = type(instance), instance._meta.pk
    if not isinstance(field, CompositeKeyField):
        return key_of(model, instance.pk)
    return _required(model, _possible(field.attributes([getattr(instance, name) for name in field.names])))


def _required(model: type[models.Model], key: Attributes | None) -> Attributes:
    if key is None:
        raise DataError(f"{model.__name__}: not a primary key: empty, too long, or not of its type")
    return key


def possible_key(model: type[models.Model], pk: Any) -> Attributes | None:
    """The key attributes, or None if the value can't be a key: a query then finds nothing, without a request."""
    field = model._meta.pk
    if isinstance(field, CompositeKeyField):
        return _possible(field.possible_attributes(pk))
    try:
        return _possible({field.column: dump(field, pk)})
    except DataError:
        return None


def _possible(attributes: dict[str, Attribute | None]) -> Attributes | None:
    possible = attributes and all(map(fits, attributes.values(), (PARTITION_BYTES, SORT_BYTES)))
    return attributes if possible else None  # type: ignore[return-value]  # `fits` is false for None


def fits(attribute: Attribute | None, limit: int) -> bool:
    """Whether an attribute can be part of a key: not missing, not empty, and at most `limit` bytes long."""
    if attribute is None:
        return False
    ((kind, value),) = attribute.items()
    return kind == "N" or 0 < len(value.encode() if kind == "S" else value) <= limit
