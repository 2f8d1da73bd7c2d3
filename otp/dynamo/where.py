"""Converts the conditions of Django's query tree back to a `Q`, which the rest of this layer works with."""

from typing import Any

from django.db.models import F, Model, Q
from django.db.models.expressions import Col, ExpressionList, Value
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.where import AND, OR, NothingNode, WhereNode
from django.db.utils import NotSupportedError

NEVER = ("pk__isnull", True)  # the condition of `none()` and of an empty `in`: every item has a key


def condition(query: Query) -> Q:
    """The conditions of a query. Raises NotSupportedError for anything but plain lookups."""
    return _node(query.model, query.where)


def conjuncts(q: Q) -> list[Any]:
    """The conditions that a `Q` joins by AND: leaves `(lookup, value)`, and any `Q` that is not a plain AND."""
    if q.negated or (q.connector != Q.AND and len(q.children) > 1):
        return [q]
    return [each for child in q.children for each in (conjuncts(child) if isinstance(child, Q) else [child])]


def fields_of(node: Any) -> set[str]:
    """The names of all fields that a condition uses."""
    if isinstance(node, Q):
        return {name for child in node.children for name in fields_of(child)}
    lookup, value = node
    values = value if isinstance(value, (list, tuple)) else [value]
    return {lookup.partition("__")[0], *(each.name for each in values if isinstance(each, F))}


def _node(model: type[Model], node: WhereNode) -> Q:
    if node.connector not in (AND, OR):
        raise NotSupportedError(f"{model.__name__}: DynamoDB has no {node.connector}")
    children = [_node(model, each) if isinstance(each, WhereNode) else _leaf(model, each) for each in node.children]
    return _folded(children, node.connector, node.negated)


def _folded(children: list[Any], connector: str, negated: bool) -> Q:
    """Simplify a node: drop the parts that are always or never true. `Q()` is always true, `Q(NEVER)` never."""
    never, always = Q(NEVER), Q()
    kept = [child for child in children if child not in (NEVER, never, always)]
    deciding = any(child in (NEVER, never) for child in children) if connector == AND else always in children
    if deciding or (not kept and children and connector == OR):
        met = connector == OR and always in children
    elif not kept:
        met = True
    else:
        return Q(*kept, _connector=connector, _negated=negated)
    return always if met != negated or not children else never


def _leaf(model: type[Model], lookup: Any) -> tuple[str, Any]:
    if isinstance(lookup, NothingNode):
        return NEVER
    if not isinstance(lookup, Lookup) or not isinstance(lookup.lhs, Col):
        what = type(lookup).__name__, type(getattr(lookup, "lhs", None)).__name__
        raise NotSupportedError(f"{model.__name__}: DynamoDB cannot filter by {what[0]} of {what[1]}")
    if lookup.lhs.target.model._meta.concrete_model is not model._meta.concrete_model:
        raise NotSupportedError(f"{model.__name__}: DynamoDB has no joins ({lookup.lhs.target})")
    name, kind, value = lookup.lhs.target.name, lookup.lookup_name, lookup.rhs
    several = kind in ("in", "range")
    values = _values(model, lookup) if several else [_value(model, value)]
    if F(name) in values:
        raise NotSupportedError(f"{model.__name__}: DynamoDB compares no field with itself ({name}__{kind})")
    if not several:
        return f"{name}__{kind}", values[0]
    return (f"{name}__{kind}", values) if values else NEVER


def _values(model: type[Model], lookup: Lookup) -> list[Any]:
    """The values of an `in` or a `range`."""
    kind, given = lookup.lookup_name, lookup.rhs
    if isinstance(given, ExpressionList):  # values with an F among them
        given = given.get_source_expressions()
    if hasattr(given, "resolve_expression"):
        raise NotSupportedError(f"{model.__name__}: DynamoDB has no subqueries ({lookup.lhs.target.name}__{kind})")
    if any(isinstance(each, Col) and each.target.null for each in given):  # NOT IN (NULL) is neither true nor false
        raise NotSupportedError(f"{model.__name__}: {kind} takes no F() of a field that may be null; use Q(…) | Q(…)")
    values = [_value(model, each) for each in given if kind == "range" or each is not None]  # nothing equals null
    if kind == "in" and not lookup.lhs.target.primary_key:
        values.sort(key=repr)  # a set has no order, and a page's cursor must get the same filter again
    return values


def _value(model: type[Model], value: Any) -> Any:
    if isinstance(value, Col):
        return F(value.target.name)
    if isinstance(value, Value):
        return value.value
    if hasattr(value, "resolve_expression"):
        raise NotSupportedError(
            f"{model.__name__}: DynamoDB compares with values and fields only, not with {type(value).__name__}"
        )
    return value
