"""Evaluates conditions on items that were read by key, with the same results as DynamoDB."""

import operator
from typing import Any

from django.db.models import F, Field, Model, Q
from django.db.utils import NotSupportedError

from .client import Attributes
from .lookups import as_key_fields, attribute_of, element_of, resolve, split_lookup
from .values import dump_value, load_value, same
from .values import operand as as_operand

COMPARISONS = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
ORDERED_TYPES = {"S", "N", "B"}


def matches(model: type[Model], node: Any, item: Attributes) -> bool:
    """Whether the item meets a `Q`, or a leaf of one. A missing attribute meets no comparison, as in DynamoDB."""
    if not isinstance(node, Q):
        (path, kind), value = split_lookup(node[0]), node[1]
        field = resolve(model, path)
        halves = as_key_fields(field, kind, value)
        return matches(model, halves, item) if halves else _leaf(field, kind, value, item)
    met = (matches(model, child, item) for child in node.children)
    return (all(met) if node.connector == Q.AND else any(met)) != node.negated


def _leaf(field: Field, kind: str, value: Any, item: Attributes) -> bool:
    found = item.get(field.column)
    if kind == "isnull":
        return (found is None) == bool(value)
    if kind == "exact" and value is None:
        return found is None

    def operand(of: Any, by: Field | None = field) -> Any:
        if isinstance(of, F):
            return item.get(attribute_of(field.model, of).column)
        return as_operand(by, of) if by else dump_value(of)

    match kind:
        case "exact" | "lt" | "lte" | "gt" | "gte":
            return _compare(kind, found, operand(value))
        case "in":
            return any(_compare("exact", found, operand(each)) for each in value)
        case "range":
            low, high = value
            return _compare("gte", found, operand(low)) and _compare("lte", found, operand(high))
        case "startswith":
            return _starts(found, operand(value))
        case "contains":
            return found is not None if value == "" else _contains(found, operand(value, element_of(field)))
    raise NotSupportedError(f"{field}: DynamoDB has no lookup {kind!r}")


def _compare(kind: str, found: Any, wanted: Any) -> bool:
    if found is None or wanted is None or found.keys() != wanted.keys():
        return False
    if kind == "exact":
        return same(found, wanted)
    return found.keys() <= ORDERED_TYPES and bool(COMPARISONS[kind](load_value(found), load_value(wanted)))


def _starts(found: Any, wanted: Any) -> bool:
    same_type = found is not None and wanted is not None and found.keys() == wanted.keys()
    return same_type and found.keys() <= {"S", "B"} and load_value(found).startswith(load_value(wanted))


def _contains(found: Any, wanted: Any) -> bool:
    """Whether a string contains a part, or a set or list an element."""
    if found is None or wanted is None:
        return False
    (kind,), (of,) = found, wanted
    if kind == "L":
        return any(same(wanted, element) for element in found["L"])
    return kind in (of, f"{of}S") and of in ORDERED_TYPES and kind != "N" and load_value(wanted) in load_value(found)
