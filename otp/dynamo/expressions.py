"""Converts Django's `Q` and `F` to DynamoDB's condition, filter, key and update expressions.

Attributes are always written as placeholders (`#status`, `:0`), so no name can clash with a reserved word.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Field, IntegerField, Model, Q
from django.db.models.expressions import CombinedExpression, Value
from django.db.utils import DataError, IntegrityError, NotSupportedError

from .fields import ListField, PartitionField, UniqueTimeField
from .indexes import index_names
from .keys import cached_by_model
from .lookups import as_comparisons, as_key_fields, attribute_of, check_lookup, element_of, resolve, split_lookup
from .values import Attribute, dump, dump_value, load_value, operand

EMPTY = ({"S": ""}, {"B": b""})
OPERANDS = 100  # at most, of IN
COMPARISONS = {"exact": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(frozen=True)
class Append:
    """Appends values to an existing list."""

    values: list[Any]


@dataclass(frozen=True)
class Add:
    """Adds to a number. A missing attribute counts as 0."""

    amount: int | Decimal


@dataclass(frozen=True)
class IfMissing:
    """Sets the value, unless the item already has one."""

    value: Any


@cached_by_model  # needed by every update
def partition_fields(model: type[Model]) -> list[PartitionField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, PartitionField)]


@cached_by_model  # as is this
def unique_time_fields(model: type[Model]) -> list[UniqueTimeField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, UniqueTimeField)]


def moved_partitions(model: type[Model], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The new values of the partition fields whose parts are changed, by name.

    Raises NotSupportedError unless all parts of such a field are given, as plain values.
    """
    found = {}
    for field in partition_fields(model):
        if field.name in changes or changes.keys().isdisjoint(field.parts):
            continue
        values = [changes.get(part, F(part)) for part in field.parts]
        if any(hasattr(value, "resolve_expression") or isinstance(value, (Add, Append, IfMissing)) for value in values):
            raise NotSupportedError(f"{model.__name__}: change {', '.join(field.parts)} together, to plain values")
        found[field.name] = field.choose(dict(zip(field.parts, values, strict=True)))
    return found


def adds(change: Any) -> bool:
    """Whether a change depends on the old value, so that applying it twice differs from once."""
    return isinstance(change, (Add, Append)) or hasattr(change, "resolve_expression")


def unique_times(model: type[Model], pk: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with the item's key appended to the values of each `UniqueTimeField`."""
    own = [field for field in unique_time_fields(model) if field.name in changes]
    return {**changes, **{field.name: _unique_time(field, pk, changes[field.name]) for field in own}}


def _unique_time(field: UniqueTimeField, pk: Any, change: Any) -> Any:
    if isinstance(change, IfMissing):
        return IfMissing(field.with_key(change.value, pk))
    return field.with_key(change, pk)


def storable(field: Field, value: Any) -> Attribute | None:
    """The attribute to store for a value. Raises IntegrityError for None if the field isn't nullable."""
    if isinstance(value, (Add, Append, IfMissing)):
        raise NotSupportedError(f"{field}: {type(value).__name__} changes a stored value, and isn't one itself")
    if value is None and not field.null and not isinstance(field, PartitionField):
        raise IntegrityError(f"{field}: may not be None")
    attribute = dump(field, value)
    if attribute in EMPTY and field.name in index_names(field.model):
        raise DataError(f"{field}: empty, but an index finds items by it; use null=True and None")
    return attribute


def required(field: Field, value: Any) -> Attribute:
    """As `storable`, but raises NotSupportedError for a value that isn't stored."""
    attribute = storable(field, value)
    if attribute is None:
        raise NotSupportedError(f"{field}: None and an empty set can't be stored")
    return attribute


def addable(field: Field, amount: Any) -> Attribute:
    """A number to add to a field. Raises NotSupportedError if it isn't one, or if the field would round it."""
    numeric = isinstance(field, (IntegerField, DecimalField))
    plain = isinstance(amount, (int, Decimal)) and not isinstance(amount, bool)
    attribute = dump(field, amount) if numeric and plain else None
    if attribute is None or load_value(attribute) != amount:
        raise NotSupportedError(f"{field}: only a number that it can store exactly can be added")
    return attribute


def appendable(field: Field, values: Any) -> Attribute:
    """Values to append to a field. Raises NotSupportedError unless it is a list."""
    if not isinstance(field, ListField):
        raise NotSupportedError(f"{field}: only a list can be appended to")
    return required(field, values)


@functools.cache
def _placeholder(column: str) -> str:
    return f"#{column}" if re.fullmatch("[A-Za-z0-9_]+", column) else f"#_{column.encode().hex()}"


class Expression:
    """Collects the placeholders of one request's expressions."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def placeholders(self) -> dict[str, Any]:
        """The request parameters with the names and values of the placeholders."""
        both = {"ExpressionAttributeNames": self.names, "ExpressionAttributeValues": self.values}
        return {name: used for name, used in both.items() if used}

    def name(self, column: str) -> str:
        placeholder = _placeholder(column)
        self.names[placeholder] = column
        return placeholder

    def value(self, attribute: Any) -> str:
        placeholder = f":{len(self.values)}"
        self.values[placeholder] = attribute
        return placeholder

    # -- conditions --------------------------------------------------------------------------------------------------

    def condition(self, q: Q) -> str:
        """A `Q` as a condition expression, "" for an empty one. DynamoDB refuses redundant parentheses."""
        return self._part(q)[0]

    def _part(self, node: Any) -> tuple[str, str]:
        """The text of a condition, and its outermost operator: AND, OR, NOT, or "" for a single comparison."""
        if not isinstance(node, Q):
            (path, kind), value = split_lookup(node[0]), node[1]
            field = resolve(self.model, path)
            other = as_key_fields(field, kind, value) or (as_comparisons(field, value) if kind == "range" else None)
            return self._part(other) if other else (self._leaf(field, kind, value), "")
        if node.connector not in (Q.AND, Q.OR):
            raise NotSupportedError(f"{self.model.__name__}: DynamoDB has no {node.connector}")
        parts = [part for part in map(self._part, node.children) if part[0]]
        text, operator = parts[0] if len(parts) == 1 else self._joined(parts, node.connector)
        if not (node.negated and text):
            return text, operator
        return (f"NOT ({text})" if operator else f"NOT {text}"), "NOT"

    def _joined(self, parts: list[tuple[str, str]], connector: str) -> tuple[str, str]:
        grouped = (
            f"({text})" if operator in (Q.AND, Q.OR) and operator != connector else text for text, operator in parts
        )
        return f" {connector} ".join(grouped), connector

    def _leaf(self, field: Field, kind: str, value: Any) -> str:
        name = self.name(field.column)
        if kind == "exact" and value is None:
            kind, value = "isnull", True
        if kind in ("startswith", "contains") and value == "":
            return f"attribute_exists({name})"
        check_lookup(field, kind)
        if kind in COMPARISONS:
            return f"{name} {COMPARISONS[kind]} {self._operand(field, value)}"
        match kind:
            case "isnull":
                return f"attribute_not_exists({name})" if value else f"attribute_exists({name})"
            case "in":
                if len(value) > OPERANDS:
                    raise NotSupportedError(f"{field} is compared with {OPERANDS} values at most")
                return f"{name} IN ({', '.join(self._operand(field, each) for each in value)})"
            case "range":
                low, high = value
                return f"{name} BETWEEN {self._operand(field, low)} AND {self._operand(field, high)}"
            case "startswith":
                return f"begins_with({name}, {self._operand(field, value)})"
            case "contains":
                return f"contains({name}, {self._operand(element_of(field), value)})"
        raise NotSupportedError(f"{field}: DynamoDB has no lookup {kind!r}")

    def _operand(self, field: Field | None, value: Any) -> str:
        if isinstance(value, F):
            return self.name(attribute_of(self.model, value).column)
        attribute = operand(field, value) if field else dump_value(value)
        if attribute is None:
            raise NotSupportedError(f"{self.model.__name__}: can't compare with None; use __isnull")
        return self.value(attribute)

    # -- updates -----------------------------------------------------------------------------------------------------

    def update(self, changes: Mapping[str, Any]) -> str:
        """Changes by field name as an update expression. A plain value is set, None removes the attribute."""
        if not changes:
            raise NotSupportedError(f"{self.model.__name__}: an update has to change something")
        clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": []}
        for field_name, change in {**changes, **moved_partitions(self.model, changes)}.items():
            field = resolve(self.model, field_name)
            if field.primary_key or field.name in getattr(self.model._meta.pk, "names", ()):
                raise NotSupportedError(f"{self.model.__name__}: a primary key cannot be changed")
            clause, text = self._change(field, self.name(field.column), change)
            clauses[clause].append(text)
        return " ".join(f"{clause} {', '.join(texts)}" for clause, texts in clauses.items() if texts)

    def _change(self, field: Field, name: str, change: Any) -> tuple[str, str]:
        match change:
            case CombinedExpression(connector="+" | "-", lhs=F(name=own), rhs=Value(value=int() | Decimal() as amount)):
                if own == field.name and not field.null:
                    return self._change(field, name, Add(amount if change.connector == "+" else -amount))
                if own == field.name:
                    raise NotSupportedError(f"{field} may be null, to which SQL adds nothing: use Add")
            case Append(values):
                return "SET", f"{name} = list_append({name}, {self.value(appendable(field, values))})"
            case Add(amount):
                return "ADD", f"{name} {self.value(addable(field, amount))}"
            case IfMissing(value):
                return "SET", f"{name} = if_not_exists({name}, {self.value(required(field, value))})"
        if hasattr(change, "resolve_expression") and not isinstance(change, Value):
            raise NotSupportedError(
                f"{self.model.__name__}.{field.name}: use Add, Append or IfMissing, not {type(change).__name__}"
            )
        attribute = storable(field, change)
        return ("REMOVE", name) if attribute is None else ("SET", f"{name} = {self.value(attribute)}")
