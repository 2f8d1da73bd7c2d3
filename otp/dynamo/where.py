"""Django's query tree, resolved to columns and lookups, back as a `Q`: the one language of conditions here."""

from typing import Any

from django.db.models import F, Model, Q
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.where import AND, OR, NothingNode, WhereNode
from django.db.utils import NotSupportedError


def condition(query: Query) -> Q:
    """The conditions of a query. Raises NotSupportedError for what isn't a plain lookup."""
    return _node(query.model, query.where)


def matches_nothing(query: Query) -> bool:
    """Whether it is a queryset's `none()`, or amounts to it."""
    return query.is_empty() or any(isinstance(child, NothingNode) for child in query.where.children)


def conjuncts(q: Q) -> list[Any]:
    """What a `Q` asks for all at once: its leaves, `(lookup, value)`, and what is no leaf."""
    if q.negated or (q.connector != Q.AND and len(q.children) > 1):
        return [q]
    return [each for child in q.children for each in (conjuncts(child) if isinstance(child, Q) else [child])]


def _node(model: type[Model], node: WhereNode) -> Q:
    if node.connector not in (AND, OR):
        raise NotSupportedError(f"{model.__name__}: DynamoDB has no {node.connector}")
    children = [_node(model, each) if isinstance(each, WhereNode) else _leaf(model, each) for each in node.children]
    return Q(*children, _connector=node.connector, _negated=node.negated)


def _leaf(model: type[Model], lookup: Any) -> tuple[str, Any]:
    if not isinstance(lookup, Lookup) or not isinstance(lookup.lhs, Col):
        raise NotSupportedError(f"{model.__name__}: DynamoDB cannot filter by {lookup!r}")
    if lookup.lhs.target.model._meta.concrete_model is not model._meta.concrete_model:
        raise NotSupportedError(f"{model.__name__}: DynamoDB has no joins ({lookup.lhs.target})")
    value = [_value(model, each) for each in lookup.rhs] if lookup.lookup_name in ("in", "range") else lookup.rhs
    return f"{lookup.lhs.target.name}__{lookup.lookup_name}", _value(model, value)


def _value(model: type[Model], value: Any) -> Any:
    if isinstance(value, Col):
        return F(value.target.name)
    if hasattr(value, "resolve_expression"):
        raise NotSupportedError(f"{model.__name__}: DynamoDB compares with values and fields only, not {value!r}")
    return value
