"""Converts items to what a queryset yields: instances, dicts, tuples or single values."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from django.db.models import Field
from django.db.models import query as django

from .client import Attributes
from .keys import stored
from .lookups import resolve
from .operations import from_item
from .planner import plan_query, resolved
from .reading import items
from .values import load


class Rows(django.BaseIterable):
    """Reads a queryset's items and converts each as the subclass says."""

    def __iter__(self) -> Iterator[Any]:
        query = self.queryset.query
        found = items(plan_query(query, self.fields()), query.high_mark)
        return self.of(islice(found, query.low_mark, query.high_mark))

    def of(self, found: Iterable[Attributes]) -> Iterator[Any]:
        return map(self.row(), found)

    def row(self) -> Callable[[Attributes], Any]:
        raise NotImplementedError

    def names(self) -> list[str]:
        return list(self.queryset.query.values_select)

    def fields(self) -> list[Field] | None:
        """The fields to read of each item; None for all."""
        return resolved(self.queryset.model, self.names())

    def values(self) -> Callable[[Attributes], Iterator[Any]]:
        fields = [resolve(self.queryset.model, name) for name in self.names()]
        return lambda item: (load(field, stored(field, item)) for field in fields)


class Instances(Rows, django.ModelIterable):
    def row(self) -> Callable[[Attributes], Any]:
        model, wanted = self.queryset.model, self.wanted()
        return lambda item: from_item(model, item, wanted)

    def fields(self) -> list[Field] | None:
        wanted = self.wanted()
        return resolved(self.queryset.model, [field.name for field in wanted]) if wanted else None

    def wanted(self) -> list[Field]:
        """The fields to load; an empty list for all."""
        model, (names, deferred) = self.queryset.model, self.queryset.query.deferred_loading
        for name in names:
            resolve(model, name)  # raises FieldDoesNotExist
        every = model._meta.concrete_fields
        wanted = [field for field in every if field.primary_key or (field.name in names) != deferred]
        return wanted if names and len(wanted) < len(every) else []  # as in Django, no names mean all


class Dicts(Rows):
    def row(self) -> Callable[[Attributes], Any]:
        names, values = self.names(), self.values()
        return lambda item: dict(zip(names, values(item), strict=True))


class Tuples(Rows):
    def row(self) -> Callable[[Attributes], Any]:
        values = self.values()
        return lambda item: tuple(values(item))


class Named(Rows):
    def row(self) -> Callable[[Attributes], Any]:
        row, values = namedtuple("Row", self.names()), self.values()
        return lambda item: row(*values(item))


class Flat(Rows):
    def row(self) -> Callable[[Attributes], Any]:
        values = self.values()
        return lambda item: next(values(item))


# By the class of Django's that each replaces.
ROWS = {
    django.ModelIterable: Instances,
    django.ValuesIterable: Dicts,
    django.ValuesListIterable: Tuples,
    django.NamedValuesListIterable: Named,
    django.FlatValuesListIterable: Flat,
}
