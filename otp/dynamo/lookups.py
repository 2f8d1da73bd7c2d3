"""Resolves lookups such as `attempts__lt`: the field and the kind, and whether DynamoDB supports it for the field."""

import functools
from typing import Any

from django.db.models import CharField, F, Field, Model, Q, TextField
from django.db.utils import NotSupportedError

from .fields import ListField, SetField
from .keys import CompositeKeyField, cached_by_model
from .values import attribute_type, load_value, operand

TEXT = (CharField, TextField)
CONTAINERS = (*TEXT, ListField, SetField)
ORDER_LOOKUPS = {"lt", "lte", "gt", "gte", "range"}


@cached_by_model  # called for each condition and each change
def resolve(model: type[Model], name: str) -> Field:
    """A model's field by its name; `pk` is the primary key. Raises NotSupportedError for a path across relations."""
    if "__" in name:
        raise NotSupportedError(f"{model.__name__}: no lookup across relations or of that name: {name}")
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def attribute_of(model: type[Model], expression: F) -> Field:
    """The field of an `F`. Raises NotSupportedError for a composite key, which isn't an attribute."""
    field = resolve(model, expression.name)
    if isinstance(field, CompositeKeyField):
        raise NotSupportedError(f"{model.__name__}: F({expression.name!r}) is a key of two fields; compare with those")
    return field


@functools.lru_cache(1000)
def split_lookup(lookup: str) -> tuple[str, str]:
    """A lookup's path and kind: `attempts__lt` is `("attempts", "lt")`, `attempts` is `("attempts", "exact")`."""
    path, _, kind = lookup.rpartition("__")
    return (path, kind) if path else (lookup, "exact")


def as_key_fields(field: Field, kind: str, value: Any) -> Q | None:
    """Rewrite a condition on a composite key as one on its two fields. None for any other field."""
    if not isinstance(field, CompositeKeyField):
        return None
    if kind == "isnull":
        return Q((f"{field.names[0]}__isnull", value))
    keys = {"exact": [value], "in": value}.get(kind)
    if keys is None or any(isinstance(key, F) for key in keys):
        raise NotSupportedError(f"{field}: a composite key is compared by exact and in, and with values only")
    return Q(*(_halves(field, key) for key in keys), _connector=Q.OR)


def _halves(field: CompositeKeyField, key: Any) -> Q:
    values = field.possible_halves(key)
    return Q(*zip(field.names, values, strict=True)) if values else Q((f"{field.names[0]}__isnull", True))  # no item


def as_comparisons(field: Field, value: Any) -> Q | None:
    """Rewrite an inverted range, which DynamoDB refuses as BETWEEN, as two comparisons. None for any other range."""
    if any(isinstance(end, F) or end is None for end in value):
        return None
    low, high = (operand(field, end) for end in value)
    if not (low and high and load_value(low) > load_value(high)):
        return None
    return Q((f"{field.name}__gte", value[0]), (f"{field.name}__lte", value[1]))


def check_lookup(field: Field, kind: str) -> None:
    """Raises NotSupportedError if the lookup can never match a field of this type, or if DynamoDB refuses it."""
    if kind == "startswith" and not isinstance(field, TEXT):
        raise NotSupportedError(f"{field}: no startswith; that is for text")
    if kind == "contains" and not isinstance(field, CONTAINERS):
        raise NotSupportedError(f"{field}: no contains; that is for text, lists and sets")
    if kind in ORDER_LOOKUPS:
        attribute_type(field)  # raises for types without an order


def element_of(field: Field) -> Field | None:
    """The field that prepares the operand of `contains`: a text field itself; None for lists and sets."""
    return field if isinstance(field, TEXT) else None
