"""Plans how to read a query: by keys, or with a Query of the table or an index. Never with a Scan."""

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
from .lookups import resolve, split_lookup
from .ranges import Range, narrowed
from .values import Attribute, load_value, operand
from .where import NEVER, condition, conjuncts, fields_of

PARTITIONS = 100  # per query; each takes at least one request

Ordering = list[tuple[Field, bool]]  # fields, and whether each is descending
Fields = Sequence[Field] | None  # the fields to read of each item; None for all


@dataclass(frozen=True)
class ByKey:
    """Reads items by their keys. `rest` is the condition that they must also meet."""

    model: type[Model]
    keys: list[Any]
    rest: Q
    ordering: Ordering
    fields: Fields = None

    @property
    def needed(self) -> Fields:
        """The fields to read: the requested ones, and those that `rest` and the ordering use."""
        if self.fields is None:
            return None
        return [*self.fields, *resolved(self.model, fields_of(self.rest)), *(field for field, _ in self.ordering)]


@dataclass(frozen=True)
class ByIndex:
    """Reads the items of the table or an index that are in a range of each partition, and merges them in order.

    `rest` is the condition that they must also meet, `where` is the query's whole condition. `ties` is the order of
    items with equal sort keys.
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
        """Whether the index lacks requested fields, so that the items have to be read from the table as well."""
        return self.index.columns is not None and (self.fields is None or not self.index.holds(self.fields))

    @property
    def needed(self) -> Fields:
        """The fields to read from the table in that case: the requested ones, and those of the whole condition."""
        return None if self.fields is None else [*self.fields, *resolved(self.model, fields_of(self.where))]


def plan_query(query: Query, fields: Fields = None) -> ByKey | ByIndex:
    """The plan for a query. Raises NotSupportedError, which lists the indexes, if no key and no index serves it."""
    where, order = condition(query), ordering(query)
    conditions = conjuncts(where)
    if NEVER in conditions:
        return ByKey(query.model, [], Q(), [])
    keys = _keys(query.model, conditions)
    if keys is not None:
        Expression(query.model).condition(keys[1])  # raises for conditions that DynamoDB doesn't support
        return ByKey(query.model, *keys, order, fields)
    found = [_by_index(query.model, access, conditions, where, order, fields) for access in accesses(query.model)]
    if not (plans := [plan for plan in found if plan]):
        raise NotSupportedError(_unserved(query.model, conditions, where, order))
    return min(plans, key=lambda plan: (len(plan.rest.children), plan.fetched, len(plan.partitions)))


def resolved(model: type[Model], names: Iterable[str]) -> list[Field]:
    """The stored fields with these names. A composite key counts as its two fields."""
    found = [resolve(model, name) for name in names]
    return [each for field in found for each in (getattr(field, "halves", None) or [field])]


def ordering(query: Query) -> Ordering:
    """The ordering of a query, after `reverse()`. If a field is named twice, only the first counts."""
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


def _keys(model: type[Model], conditions: list[Any]) -> tuple[list[Any], Q] | None:
    """The keys in the conditions, and the remaining condition. None if the conditions don't determine the key."""
    fields = [model._meta.pk]
    if isinstance(fields[0], CompositeKeyField) and _first_bound(fields[0], conditions) is None:
        fields = list(key_fields(model))
    bound = [_first_bound(field, conditions) for field in fields]
    if None in bound:
        return None
    used = [each[0] for each in bound if each]
    keys = list(product(*(each[1] for each in bound if each)))
    unique = dict.fromkeys(keys if len(fields) > 1 else [key for (key,) in keys])
    return list(unique), Q(*[each for each in conditions if each not in used])


def _first_bound(field: Field, conditions: list[Any]) -> tuple[Any, list[Any]] | None:
    """The first condition that limits the field to given values (`exact` or `in`), and these values."""
    return next(((leaf, values) for leaf in conditions for values in _bound(leaf, field)), None)


def _bound(leaf: Any, field: Field) -> Iterator[list[Any]]:
    """The values that the condition limits the field to, if it does."""
    if isinstance(leaf, Q) or split_lookup(leaf[0])[0] not in (field.name, "pk" if field.primary_key else field.name):
        return
    values = {"exact": [leaf[1]], "in": leaf[1]}.get(split_lookup(leaf[0])[1], [])
    if values and not any(isinstance(value, F) for value in values):
        yield values


def _by_index(
    model: type[Model], index: Access, conditions: list[Any], where: Q, order: Ordering, fields: Fields
) -> ByIndex | None:
    """The plan for an index or the table. None if the partition key isn't given, or the sort key isn't the ordering."""
    found = _partitions(model, index.hash, conditions)
    order = [term for term in order if not _constant(term[0], conditions)]
    if found is None or not _in_order(model, index, order):
        return None
    partitions, used = found
    range_, bounding = _range(index, conditions)
    if index.range and index.range.null and not bounding:
        return None  # the index lacks the items in which its sort key is null, and the query may include them
    used = [*used, *bounding]
    rest = Q(*[each for each in conditions if each not in used and each != (f"{index.hash.name}__isnull", False)])
    looked_at = resolved(model, fields_of(rest))
    # A filter can use neither the index's own keys nor fields that it doesn't hold.
    if not index.names.isdisjoint(field.name for field in looked_at) or not index.holds(looked_at):
        return None
    descending = bool(order) and order[0][1]
    ties = [] if isinstance(index.range, UniqueTimeField) else order[1:]
    return ByIndex(model, index, partitions, range_, rest, where, descending, ties, fields)


def _range(index: Access, conditions: list[Any]) -> tuple[Range, list[Any]]:
    """The range of the index's sort key, and the conditions that determine it."""
    range_, used = Range(), list[Any]()
    for leaf in conditions:
        if index.range and not isinstance(leaf, Q) and split_lookup(leaf[0])[0] == index.range.name:
            narrower = narrowed(range_, index.range, split_lookup(leaf[0])[1], leaf[1])
            if narrower:
                range_, used = narrower, [*used, leaf]
    return range_, used


def _constant(field: Field, conditions: list[Any]) -> bool:
    """Whether a field has the same value in all items of the result, so that ordering by it changes nothing."""
    bound = _first_bound(field, conditions)
    return bound is not None and len(bound[1]) == 1


def _partitions(model: type[Model], field: Field, conditions: list[Any]) -> tuple[list[Attribute], list[Any]] | None:
    """The partitions to read, sorted, and the conditions that determine them."""
    parts = field.parts if isinstance(field, PartitionField) else [field.name]
    bound = [_first_bound(leaf_field, conditions) for leaf_field in map(model._meta.get_field, parts)]
    if None in bound:
        return None
    used = [each[0] for each in bound if each]
    combinations = product(*(each[1] for each in bound if each))
    if isinstance(field, PartitionField):
        values = [value for each in combinations for value in field.values(dict(zip(parts, each, strict=True)))]
    else:
        values = [value for (value,) in combinations]
    attributes = [operand(field, value) for value in values]
    # Values that can't be part of a key match no item.
    unique = {load_value(each): each for each in attributes if each and fits(each, PARTITION_BYTES)}
    if len(unique) > PARTITIONS:
        raise NotSupportedError(
            f"{model.__name__}: {len(unique)} partitions of {field.name} are too many for one query"
        )
    return [unique[value] for value in sorted(unique)], used


def _in_order(model: type[Model], index: Access, order: Ordering) -> bool:
    """Whether the ordering is the index's: its sort key, optionally followed by the primary key."""
    if not order:
        return True
    (first, descending), *ties = order
    if first != index.range or any(field not in key_fields(model) for field, _ in ties):
        return False
    # Unique times include the key, so the key can't be in the opposite order.
    return not isinstance(first, UniqueTimeField) or all(direction == descending for _, direction in ties)


def _unserved(model: type[Model], conditions: list[Any], where: Q, order: Ordering) -> str:
    available = ", ".join(map(str, indexes(model))) or "none"
    filters = ", ".join(sorted(fields_of(where))) or "nothing"
    orders = ", ".join(f"{'-' if descending else ''}{field.name}" for field, descending in order) or "nothing"
    return (
        f"{model.__name__}: no index serves a filter on {filters} in the order of {orders}. "
        f"Primary key: {', '.join(field.name for field in key_fields(model))}. Indexes: {available}"
        f"{''.join(_sparse(model, conditions, where, order))}"
    )


def _sparse(model: type[Model], conditions: list[Any], where: Q, order: Ordering) -> Iterator[str]:
    """A hint, if an index would serve the query once that excludes the items which the index lacks."""
    for index in accesses(model):
        name = index.range.name if index.range and index.range.null else None
        if name and _by_index(model, index, [*conditions, (f"{name}__isnull", False)], where, order, None):
            yield f". {index.name} holds no item whose {name} is null: to leave those out, add {name}__isnull=False"
            return
