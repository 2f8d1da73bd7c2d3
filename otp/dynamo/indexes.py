"""The indexes that a model declares, and the table itself, as DynamoDB sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.utils import NotSupportedError

from .keys import cached_by_model, key_fields


class Index(models.Index):
    """A global secondary index: Django's `Index` with two more options.

    `sparse=True` declares that some items are meant to be missing from it because one of its fields is null in them.
    It serves only queries that exclude those anyway: add `filter(waits_until__isnull=False)`.

    `include` names the fields that it stores besides its own and the primary key: by default all, and none if it is
    empty. Other fields that a query asks for are read from the table, in one more request per hundred items.
    """

    def __init__(self, *args: Any, sparse: bool = False, include: Sequence[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sparse, self.projected = sparse, None if include is None else tuple(include)

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "sparse": self.sparse, "include": self.projected}


@dataclass(frozen=True)
class Access:
    """A table or an index to query: items by the value of `hash`, in the order of `range`."""

    name: str | None  # None for the table itself
    hash: models.Field
    range: models.Field | None
    columns: frozenset[str] | None = None  # the attributes that it holds; None for all

    def __str__(self) -> str:
        fields = [self.hash.name, *([self.range.name] if self.range else [])]
        return f"{self.name or 'primary key'} ({', '.join(fields)})"

    @property
    def names(self) -> set[str]:
        """The names of the fields of its key."""
        return {self.hash.name, *([self.range.name] if self.range else [])}

    def holds(self, fields: Sequence[models.Field]) -> bool:
        return self.columns is None or self.columns.issuperset(field.column for field in fields)


def indexes(model: type[models.Model]) -> list[Access]:
    """The indexes of `Meta.indexes`. Raises NotSupportedError for one that DynamoDB can't have."""
    return [_index(model, each) for each in model._meta.indexes]


def index_names(model: type[models.Model]) -> set[str]:
    """The names of all fields that an index finds or orders items by."""
    return {name for index in model._meta.indexes for name in index.fields}


def accesses(model: type[models.Model]) -> list[Access]:
    """Everything that can be queried: the table, if it has a sort key, and its indexes."""
    return [*_table(model), *indexes(model)]


@cached_by_model
def _table(model: type[models.Model]) -> list[Access]:
    fields = key_fields(model)
    return [Access(None, *fields)] if len(fields) == 2 else []


def _index(model: type[models.Model], declared: models.Index) -> Access:
    if not 1 <= len(declared.fields) <= 2 or any(order for _, order in declared.fields_orders):
        raise NotSupportedError(
            f"{model.__name__}: index {declared.name} needs one or two fields, in no direction: it is read both ways"
        )
    hash_field, *range_field = (model._meta.get_field(name) for name in declared.fields)
    return Access(declared.name, hash_field, range_field[0] if range_field else None, _columns(model, declared))


def _columns(model: type[models.Model], declared: models.Index) -> frozenset[str] | None:
    included = getattr(declared, "projected", None)
    if included is None:
        return None
    own = [model._meta.get_field(name) for name in [*declared.fields, *included]]
    return frozenset(field.column for field in [*key_fields(model), *own])
