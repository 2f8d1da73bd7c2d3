"""Plans how a query is read: by keys, or by querying the table or an index. Never by a scan."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.db.models import F, Field, Model, Q
from django.db.models.expressions import OrderBy
from django.db.models.sql import Query
from django.db.utils import NotSupportedError

from .expressions import Expression
from .fields import PartitionField, UniqueTimeField
from .indexes import Access, accesses, indexes
from .keys import PARTITION_BYTES, CompositeKeyField, fits, key_fields
from .lookups import resolve, split
from .ranges import Range, narrowed
from .values import Attribute, load_value, operand
from .where import NEVER, condition, conjuncts, fields_of

PARTITIONS = 100  # per query; each takes at least one request

Ordering = list[tuple[Field, bool]]  # each field with whether it is descending
Fields = Sequence[Field] | None  # to read of each item; None for all


@dataclass(frozen=True)
class ByKey:
    """Items by their keys. `rest` is the condition that they must also meet."""

    model: type[Model]
    keys: list[Any]
    rest: Q
    ordering: Ordering
    fields: Fields = None

    @property
    def needed(self) -> Fields:
        """The fields to read: those that are wanted, and those that `rest` and the order look at."""
        if self.fields is None:
            return None
        return [*self.fields, *resolved(self.model, fields_of(self.rest)), *(field for field, _ in self.ordering)]


@dataclass(frozen=True)
class ByIndex:
    """Items of the table or an index: those within the range of each partition, merged in order.

    `rest` is the condition that they must also meet, `where` the whole condition. `ties` orders items with equal sort
    keys.
    """

    model: type[Model]
    index: Access
    partitions: list[Attribute]
    range: Range
    rest: Q
    where: Q
    descending: bool
    ties: Ordering
    fields: Fields = None

    @property
    def fetched(self) -> bool:
        """Whether the index lacks fields that are wanted, so that the items have to be read from the table."""
        return self.index.columns is not None and (self.fields is None or not self.index.holds(self.fields))

    @property
    def needed(self) -> Fields:
        """The fields to read from the table then: those that are wanted, and those of the whole condition."""
        return None if self.fields is None else [*self.fields, *resolved(self.model, fields_of(self.where))]


def plan(query: Query, fields: Fields = None) -> ByKey | ByIndex:
    """How to read a query. Raises NotSupportedError, naming the indexes, if neither a key nor an index serves it."""
    where, order = condition(query), ordering(query)
    asked = conjuncts(where)
    if NEVER in asked:
        return ByKey(query.model, [], Q(), [])
    keys = _keys(query.model, asked)
    if keys is not None:
        Expression(query.model).condition(keys[1])  # raises for what DynamoDB couldn't be asked
        return ByKey(query.model, *keys, order, fields)
    found = [_by_index(query.model, access, asked, where, order, fields) for access in accesses(query.model)]
    if not (ways := [way for way in found if way]):
        raise NotSupportedError(_no_way(query.model, asked, where, order))
    return min(ways, key=lambda way: (len(way.rest.children), way.fetched, len(way.partitions)))


def resolved(model: type[Model], names: Iterable[str]) -> list[Field]:
    """The stored fields of those names; for a composite key its two."""
    found = [resolve(model, name) for name in names]
    return [each for field in found for each in (getattr(field, "halves", None) or [field])]


def ordering(query: Query) -> Ordering:
    """What a query is ordered by, `reverse()` included. Only a field's first mention counts."""
    default = query.get_meta().ordering if query.default_ordering else ()
    terms: dict[Field, bool] = {}
    for name, descending in (_order(query, each) for each in query.order_by or default):
        for field in resolved(query.model, [name]):
            terms.setdefault(field, descending)
    return list(terms.items())


def _order(query: Query, term: Any) -> tuple[str, bool]:
    if isinstance(term, F):
        term = term.asc()
    if isinstance(term, OrderBy) and isinstance(term.expression, F) and not (term.nulls_first or term.nulls_last):
        term = f"{'-' if term.descending else ''}{term.expression.name}"
    if not isinstance(term, str) or term == "?":
        raise NotSupportedError(f"{query.model.__name__}: DynamoDB orders by fields only, not by {type(term).__name__}")
    return term.removeprefix("-"), term.startswith("-") == query.standard_ordering


def _keys(model: type[Model], asked: list[Any]) -> tuple[list[Any], Q] | None:
    """The keys that are asked for, and the rest of the condition; None if the query doesn't give the key."""
    fields = [model._meta.pk]
    if isinstance(fields[0], CompositeKeyField) and _first_bound(fields[0], asked) is None:
        fields = list(key_fields(model))
    bound = [_first_bound(field, asked) for field in fields]
    if None in bound:
        return None
    used = [each[0] for each in bound if each]
    keys = list(product(*(each[1] for each in bound if each)))
    unique = dict.fromkeys(keys if len(fields) > 1 else [key for (key,) in keys])
    return list(unique), Q(*[each for each in asked if each not in used])


def _first_bound(field: Field, asked: list[Any]) -> tuple[Any, list[Any]] | None:
    """The first leaf that limits the field to given values (`exact` or `in`), and these values."""
    return next(((leaf, values) for leaf in asked for values in _bound(leaf, field)), None)


def _bound(leaf: Any, field: Field) -> Iterator[list[Any]]:
    """The values of which the field must have one, if the leaf says so."""
    if isinstance(leaf, Q) or split(leaf[0])[0] not in (field.name, "pk" if field.primary_key else field.name):
        return
    values = {"exact": [leaf[1]], "in": leaf[1]}.get(split(leaf[0])[1], [])
    if values and not any(isinstance(value, F) for value in values):
        yield values


def _by_index(
    model: type[Model], index: Access, asked: list[Any], where: Q, order: Ordering, fields: Fields
) -> ByIndex | None:
    """How to read the query by the table or an index; None if its hash isn't given or its range isn't the order."""
    found = _partitions(model, index.hash, asked)
    order = [term for term in order if not _constant(term[0], asked)]
    if found is None or not _in_order(model, index, order):
        return None
    partitions, used = found
    range_, bounding = _range(index, asked)
    if index.range and index.range.null and not bounding:
        return None  # items that are null there aren't in the index, and the query may ask for them
    used = [*used, *bounding]
    rest = Q(*[each for each in asked if each not in used and each != (f"{index.hash.name}__isnull", False)])
    looked_at = resolved(model, fields_of(rest))
    # A filter can use neither the index's own keys nor fields that it doesn't hold.
    if not index.names.isdisjoint(field.name for field in looked_at) or not index.holds(looked_at):
        return None
    descending = bool(order) and order[0][1]
    ties = [] if isinstance(index.range, UniqueTimeField) else order[1:]
    return ByIndex(model, index, partitions, range_, rest, where, descending, ties, fields)


def _range(index: Access, asked: list[Any]) -> tuple[Range, list[Any]]:
    """The range of the index's sort key, and the leaves that it comes from."""
    range_, used = Range(), list[Any]()
    for leaf in asked:
        if index.range and not isinstance(leaf, Q) and split(leaf[0])[0] == index.range.name:
            narrower = narrowed(range_, index.range, split(leaf[0])[1], leaf[1])
            if narrower:
                range_, used = narrower, [*used, leaf]
    return range_, used


def _constant(field: Field, asked: list[Any]) -> bool:
    """Whether all items that are asked for have the same value in a field, so that it orders nothing."""
    bound = _first_bound(field, asked)
    return bound is not None and len(bound[1]) == 1


def _partitions(model: type[Model], field: Field, asked: list[Any]) -> tuple[list[Attribute], list[Any]] | None:
    """The partitions to read, sorted, and the leaves that they come from."""
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
    attributes = [operand(field, value) for value in values]
    # No item has a value that can't be part of a key.
    unique = {load_value(each): each for each in attributes if each and fits(each, PARTITION_BYTES)}
    if len(unique) > PARTITIONS:
        raise NotSupportedError(
            f"{model.__name__}: {len(unique)} partitions of {field.name} are too many for one query"
        )
    return [unique[value] for value in sorted(unique)], used


def _in_order(model: type[Model], index: Access, order: Ordering) -> bool:
    """Whether an index is in that order: its range's, followed at most by the primary key's."""
    if not order:
        return True
    (first, descending), *ties = order
    if first != index.range or any(field not in key_fields(model) for field, _ in ties):
        return False
    # Unique times include the key, so they can't be in another order of the key.
    return not isinstance(first, UniqueTimeField) or all(direction == descending for _, direction in ties)


def _no_way(model: type[Model], asked: list[Any], where: Q, order: Ordering) -> str:
    there = ", ".join(map(str, indexes(model))) or "none"
    filters = ", ".join(sorted(fields_of(where))) or "nothing"
    orders = ", ".join(f"{'-' if descending else ''}{field.name}" for field, descending in order) or "nothing"
    return (
        f"{model.__name__}: no index serves a filter on {filters} in the order of {orders}. "
        f"Primary key: {', '.join(field.name for field in key_fields(model))}. Indexes: {there}"
        f"{''.join(_sparse(model, asked, where, order))}"
    )


def _sparse(model: type[Model], asked: list[Any], where: Q, order: Ordering) -> Iterator[str]:
    """Which index would serve if the query excluded the items that it lacks."""
    for index in accesses(model):
        name = index.range.name if index.range and index.range.null else None
        if name and _by_index(model, index, [*asked, (f"{name}__isnull", False)], where, order, None):
            yield f". {index.name} holds no item whose {name} is null: to leave those out, add {name}__isnull=False"
            return
