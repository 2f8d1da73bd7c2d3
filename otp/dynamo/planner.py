"""How a query is read: by its keys, or through an index. Never by a scan."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.db.models import F, Field, Model, Q
from django.db.models.expressions import OrderBy
from django.db.models.sql import Query
from django.db.utils import NotSupportedError

from .expressions import Expression, resolve, split
from .fields import Attribute, PartitionField, dump, load_value
from .indexes import Index, indexes
from .ranges import Range, narrowed
from .where import NEVER, condition, conjuncts, fields_of

PARTITIONS = 100  # that one query may read: each is a request at least

Ordering = list[tuple[Field, bool]]  # fields, each with whether it is descending


@dataclass(frozen=True)
class ByKey:
    """Items by their keys. `rest` is what they must meet besides."""

    model: type[Model]
    keys: list[Any]
    rest: Q
    ordering: Ordering


@dataclass(frozen=True)
class ByIndex:
    """Items of an index: in each of its partitions those within the range, all merged in its order.

    `rest` is what they must meet besides, `where` all that was asked.
    """

    model: type[Model]
    index: Index
    partitions: list[Attribute]
    range: Range
    rest: Q
    where: Q
    descending: bool


def plan(query: Query) -> ByKey | ByIndex:
    """The way to read a query. Raises NotSupportedError, naming what there is, when no key or index serves it."""
    where, order = condition(query), ordering(query)
    asked = conjuncts(where)
    if NEVER in asked:
        return ByKey(query.model, [], Q(), [])
    keys = _keys(query.model, asked)
    if keys is not None:
        Expression(query.model).condition(keys[1])  # what DynamoDB couldn't be asked isn't answered here either
        return ByKey(query.model, *keys, order)
    ways = [way for index in indexes(query.model) for way in _by_index(query.model, index, asked, where, order)]
    if not ways:
        raise NotSupportedError(_no_way(query.model, where, order))
    return min(ways, key=lambda way: (len(way.rest.children), len(way.partitions)))


def ordering(query: Query) -> Ordering:
    """What a query is ordered by, `reverse()` included. A field named again orders nothing any more."""
    default = query.get_meta().ordering if query.default_ordering else ()
    terms: dict[Field, bool] = {}
    for field, descending in (_order(query, each) for each in query.order_by or default):
        terms.setdefault(field, descending)
    return list(terms.items())


def _order(query: Query, term: Any) -> tuple[Field, bool]:
    if isinstance(term, F):
        term = term.asc()
    if isinstance(term, OrderBy) and isinstance(term.expression, F) and not (term.nulls_first or term.nulls_last):
        term = f"{'-' if term.descending else ''}{term.expression.name}"
    if not isinstance(term, str) or term == "?":
        raise NotSupportedError(f"{query.model.__name__}: DynamoDB orders by fields only, not by {term!r}")
    return resolve(query.model, term.removeprefix("-")), term.startswith("-") == query.standard_ordering


def _keys(model: type[Model], asked: list[Any]) -> tuple[list[Any], Q] | None:
    """The keys that are asked for, and what else is asked."""
    for bound in asked:
        for values in _bound(bound, model._meta.pk):
            return list(dict.fromkeys(values)), Q(*[each for each in asked if each is not bound])
    return None


def _bound(leaf: Any, field: Field) -> Iterator[list[Any]]:
    """The values that a field must have one of, if the leaf says so."""
    if isinstance(leaf, Q) or split(leaf[0])[0] not in (field.name, "pk" if field.primary_key else field.name):
        return
    values = {"exact": [leaf[1]], "in": leaf[1]}.get(split(leaf[0])[1], [])
    if values and not any(isinstance(value, F) for value in values):
        yield values


def _by_index(model: type[Model], index: Index, asked: list[Any], where: Q, order: Ordering) -> Iterator[ByIndex]:
    """The way through an index, if it is one: its hash is bound, and its range is what orders."""
    found = _partitions(model, index.hash, asked)
    descending = _descending(model, index, order)
    if found is None or descending is None:
        return
    partitions, used = found
    range_ = Range()
    for leaf in asked:
        if index.range and not isinstance(leaf, Q) and split(leaf[0])[0] == index.range.name:
            narrower = narrowed(range_, index.range, split(leaf[0])[1], leaf[1])
            if narrower:
                range_, used = narrower, [*used, leaf]
    rest = Q(*[each for each in asked if each not in used])
    # A filter may not look at the index's own keys.
    if fields_of(rest).isdisjoint({index.hash.name, index.range.name if index.range else ""}):
        yield ByIndex(model, index, partitions, range_, rest, where, descending)


def _partitions(model: type[Model], field: Field, asked: list[Any]) -> tuple[list[Attribute], list[Any]] | None:
    """The partitions to read, in an order of their own, and the leaves that said so."""
    parts = field.parts if isinstance(field, PartitionField) else [field.name]
    bound = [_first_bound(leaf_field, asked) for leaf_field in map(model._meta.get_field, parts)]
    if None in bound:
        return None
    used = [each[0] for each in bound if each]
    combinations = product(*(each[1] for each in bound if each))
    if isinstance(field, PartitionField):
        values = [value for each in combinations for value in field.values(dict(zip(parts, each, strict=True)))]
    else:
        values = [value for (value,) in combinations]
    attributes = [attribute for attribute in (dump(field, value) for value in values) if attribute]
    unique = {load_value(attribute): attribute for attribute in attributes}
    if len(unique) > PARTITIONS:
        raise NotSupportedError(
            f"{model.__name__}: {len(unique)} partitions of {field.name} are too many for one query"
        )
    return [unique[value] for value in sorted(unique)], used


def _first_bound(field: Field, asked: list[Any]) -> tuple[Any, list[Any]] | None:
    return next(((leaf, values) for leaf in asked for values in _bound(leaf, field)), None)


def _descending(model: type[Model], index: Index, order: Ordering) -> bool | None:
    """The direction to read the index in; None when it isn't in that order.

    A primary key behind the range, as Django's admin adds it, is let pass: items of one range value come in an order
    of the index's own, the same every time, which is all that is wanted of it.
    """
    if not order:
        return False
    (first, descending), *more = order
    if first != index.range or any(not field.primary_key for field, _ in more):
        return None
    return descending


def _no_way(model: type[Model], where: Q, order: Ordering) -> str:
    there = ", ".join(map(str, indexes(model))) or "none"
    filters = ", ".join(sorted(fields_of(where))) or "nothing"
    orders = ", ".join(f"{'-' if descending else ''}{field.name}" for field, descending in order) or "nothing"
    return (
        f"{model.__name__}: no index serves a filter on {filters} in the order of {orders}. "
        f"Primary key: {model._meta.pk.name}. Indexes: {there}"
    )
