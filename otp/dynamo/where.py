"""Django's query tree, resolved to columns and lookups, back as a `Q`: the one language of conditions here."""

from typing import Any

from django.db.models import F, Model, Q
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.where import AND, OR, NothingNode, WhereNode
from django.db.utils import NotSupportedError

NEVER = ("pk__isnull", True)  # what `none()` and an empty `in` ask for: no item is without its key


def condition(query: Query) -> Q:
    """The conditions of a query. Raises NotSupportedError for what isn't a plain lookup."""
    return _node(query.model, query.where)


def conjuncts(q: Q) -> list[Any]:
    """What a `Q` asks for all at once: its leaves, `(lookup, value)`, and each `Q` that is no plain AND."""
    if q.negated or (q.connector != Q.AND and len(q.children) > 1):
        return [q]
    return [each for child in q.children for each in (conjuncts(child) if isinstance(child, Q) else [child])]


def fields_of(node: Any) -> set[str]:
    """The names of all fields that a condition looks at."""
    if isinstance(node, Q):
        return {name for child in node.children for name in fields_of(child)}
    lookup, value = node
    return {lookup.partition("__")[0], *([value.name] if isinstance(value, F) else [])}


def _node(model: type[Model], node: WhereNode) -> Q:
    if node.connector not in (AND, OR):
        raise NotSupportedError(f"{model.__name__}: DynamoDB has no {node.connector}")
    children = [_node(model, each) if isinstance(each, WhereNode) else _leaf(model, each) for each in node.children]
    return _folded(children, node.connector, node.negated)


def _folded(children: list[Any], connector: str, negated: bool) -> Q:
    """A node without its parts that are always or never true: `Q()` and `Q(NEVER)` are all that is left of these."""
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
    if kind not in ("in", "range"):
        compared = _value(model, value)
        if compared == F(name):
            raise NotSupportedError(f"{model.__name__}: DynamoDB compares no field with itself ({name}__{kind})")
        return f"{name}__{kind}", compared
    if hasattr(value, "resolve_expression"):
        raise NotSupportedError(f"{model.__name__}: DynamoDB has no subqueries ({name}__{kind})")
    values = [_value(model, each) for each in value if kind == "range" or each is not None]  # nothing equals null
    if kind == "in" and not lookup.lhs.target.primary_key:
        values.sort(key=repr)  # a set has no order of its own, yet a page's cursor must find the same filter again
    return (f"{name}__{kind}", values) if values else NEVER


def _value(model: type[Model], value: Any) -> Any:
    if isinstance(value, Col):
        return F(value.target.name)
    if hasattr(value, "resolve_expression"):
        raise NotSupportedError(
            f"{model.__name__}: DynamoDB compares with values and fields only, not with {type(value).__name__}"
        )
    return value
