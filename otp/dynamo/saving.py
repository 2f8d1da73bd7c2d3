"""Remembers what an instance's item held when it was read or written, so that `save()` writes only the changes."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Field, Model

from .expressions import IfMissing, adds, partition_fields, storable
from .fields import UniqueTimeField
from .keys import Attributes, cached_by_model, key_of_instance, stored_fields
from .values import same

Value = tuple[Field, Any, Any]  # as Django's `_do_update` gets them: a field, None, and the value to write


def remember(instance: Model, item: Attributes, fields: Iterable[Field] = ()) -> None:
    """Note an item that was read or written. If fields are given, the others are unknown."""
    absent = dict.fromkeys(field.column for field in fields) if fields else _absent(type(instance))
    instance._state.stored = absent | item


@cached_by_model
def _absent(model: type[Model]) -> dict[str, None]:
    """The columns of an item without any attribute."""
    return dict.fromkeys(field.column for field in stored_fields(model))


def stored_value(instance: Model, field: Field) -> Any:
    """A field's value as the item holds it: the time of a `UniqueTimeField` with the key behind it."""
    value = getattr(instance, field.attname)
    return field.with_key(value, instance.pk) if isinstance(field, UniqueTimeField) else value


def note(instance: Model, values: Iterable[Value]) -> None:
    """Note values that were read or written, except those that DynamoDB computes."""
    known = ((field, value) for field, _, value in values if not _computed(value))
    instance._state.stored = _stored(instance) | {field.column: storable(field, value) for field, value in known}


def forget(instance: Model, fields: Iterable[Field]) -> None:
    """Treat these fields as changed: `save()` will write them, whatever they hold."""
    columns = {field.column for field in fields}
    instance._state.stored = {column: each for column, each in _stored(instance).items() if column not in columns}


def forget_all(instance: Model) -> None:
    """As `forget`, for every field."""
    instance._state.stored = {}


def changed(instance: Model, values: list[Value]) -> list[Value]:
    """The values that differ from the stored ones, or whose stored value is unknown.

    A partition field goes along with all that it is made of: if two writers change a part each, it must not be left
    with a combination of parts that the item doesn't have.
    """
    stored = _stored(instance)
    if not all(same(attribute, stored.get(column)) for column, attribute in key_of_instance(instance).items()):
        return values  # the instance's key was changed, and the item with the new key wasn't read
    names = {field.name for field, _, value in values if _differs(instance, field, value)}
    for partition in partition_fields(type(instance)):
        if not names.isdisjoint({partition.name, *partition.parts}):
            names |= {partition.name, *partition.parts}
    return [each for each in values if each[0].name in names]


def _stored(instance: Model) -> dict[str, Any]:
    """The known attributes, by column; None for those that the item lacks.

    Never changed in place, since copies of an instance share it.
    """
    return getattr(instance._state, "stored", {})


def _differs(instance: Model, field: Field, value: Any) -> bool:
    stored = _stored(instance)
    return field.column not in stored or _computed(value) or not same(stored[field.column], storable(field, value))


def _computed(value: Any) -> bool:
    return adds(value) or isinstance(value, IfMissing)
