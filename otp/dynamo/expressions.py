"""Django's `Q` and `F` as DynamoDB's condition, filter, key and update expressions.

Attributes are always written as placeholders (`#status`, `:0`), so no name can clash with a reserved word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Field, Model, Q
from django.db.models.expressions import CombinedExpression, Value
from django.db.utils import NotSupportedError

from .fields import PartitionField, UniqueTimeField
from .keys import CompositeKeyField, key_fields, once_a_model
from .values import dump, dump_value

COMPARISONS = {"exact": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(frozen=True)
class Append:
    """Adds values to the end of a list that is there."""

    values: list[Any]


@dataclass(frozen=True)
class Add:
    """Adds to a number; one that isn't there counts as 0."""

    amount: int


@dataclass(frozen=True)
class IfMissing:
    """The value, unless the item has one already."""

    value: Any


def resolve(model: type[Model], name: str) -> Field:
    """The model's field of that name (`pk` too). Raises NotSupportedError for a relation's path."""
    if "__" in name:
        raise NotSupportedError(f"{model.__name__}: no lookup across relations or of that name: {name}")
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def attribute_of(model: type[Model], expression: F) -> Field:
    """The field of an `F`. Raises NotSupportedError for a composite key, which is no attribute."""
    field = resolve(model, expression.name)
    if isinstance(field, CompositeKeyField):
        raise NotSupportedError(f"{model.__name__}: F({expression.name!r}) is a key of two fields; compare with those")
    return field


def split(lookup: str) -> tuple[str, str]:
    """A lookup's path and kind: `attempts__lt` is `("attempts", "lt")`, `attempts` is `("attempts", "exact")`."""
    path, _, kind = lookup.rpartition("__")
    return (path, kind) if path else (lookup, "exact")


def halved(model: type[Model], lookup: str, value: Any) -> Q | None:
    """What a condition on a composite key says of its two fields; None for one on any other field."""
    path, kind = split(lookup)
    field = resolve(model, path)
    if not isinstance(field, CompositeKeyField):
        return None
    if kind == "isnull":
        return Q((f"{field.names[0]}__isnull", value))
    keys = {"exact": [value], "in": value}.get(kind)
    if keys is None or any(isinstance(key, F) for key in keys):
        raise NotSupportedError(f"{model.__name__}: a composite key is compared by exact and in, and with values only")
    return Q(*(Q(*zip(field.names, _halves(field, key), strict=True)) for key in keys), _connector=Q.OR)


def _halves(field: CompositeKeyField, key: Any) -> tuple[Any, Any]:
    return tuple(key) if isinstance(key, (tuple, list)) else field.split(key)


@once_a_model  # on the way of every update
def partition_fields(model: type[Model]) -> list[PartitionField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, PartitionField)]


def moved(model: type[Model], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the partition fields that have to change with their parts, lest an index finds what was.

    Raises NotSupportedError unless all parts of one are given, as plain values.
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
    """Whether a change depends on what was there, so that making it twice is not the same as once."""
    return isinstance(change, (Add, Append)) or hasattr(change, "resolve_expression")


def unique_times(model: type[Model], pk: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes of the item with that key, with it behind the times that are unique by it."""
    return {name: _unique_time(resolve(model, name), pk, change) for name, change in changes.items()}


def _unique_time(field: Field, pk: Any, change: Any) -> Any:
    if not isinstance(field, UniqueTimeField):
        return change
    if isinstance(change, IfMissing):
        return IfMissing(field.unique(change.value, pk))
    return field.unique(change, pk)


class Expression:
    """Collects the placeholders of one request's expressions."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def placeholders(self) -> dict[str, Any]:
        """The two request parameters that say what the placeholders stand for; those that are needed."""
        both = {"ExpressionAttributeNames": self.names, "ExpressionAttributeValues": self.values}
        return {name: used for name, used in both.items() if used}

    def name(self, column: str) -> str:
        placeholder = f"#{column}"
        self.names[placeholder] = column
        return placeholder

    def value(self, attribute: Any) -> str:
        placeholder = f":{len(self.values)}"
        self.values[placeholder] = attribute
        return placeholder

    # -- conditions --------------------------------------------------------------------------------------------------

    def condition(self, q: Q) -> str:
        """A `Q` as a condition expression, "" for an empty one; without parentheses that DynamoDB finds redundant."""
        return self._part(q)[0]

    def _part(self, node: Any) -> tuple[str, str]:
        """The text of a condition, and the operator that holds it together: "" when nothing has to."""
        if not isinstance(node, Q):
            halves = halved(self.model, *node)
            return self._part(halves) if halves else (self._leaf(*node), "")
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

    def _leaf(self, lookup: str, value: Any) -> str:
        path, kind = split(lookup)
        field = resolve(self.model, path)
        name = self.name(field.column)
        if kind == "exact" and value is None:
            kind, value = "isnull", True
        if kind in COMPARISONS:
            return f"{name} {COMPARISONS[kind]} {self._operand(field, value)}"
        match kind:
            case "isnull":
                return f"attribute_not_exists({name})" if value else f"attribute_exists({name})"
            case "in":
                return f"{name} IN ({', '.join(self._operand(field, each) for each in value)})"
            case "range":
                low, high = value
                return f"{name} BETWEEN {self._operand(field, low)} AND {self._operand(field, high)}"
            case "startswith":
                return f"begins_with({name}, {self._operand(field, value)})"
            case "contains":
                return f"contains({name}, {self._operand(None, value)})"
        raise NotSupportedError(f"{self.model.__name__}: DynamoDB has no lookup {kind!r} (on {path})")

    def _operand(self, field: Field | None, value: Any) -> str:
        if isinstance(value, F):
            return self.name(attribute_of(self.model, value).column)
        attribute = dump(field, value) if field else dump_value(value)
        if attribute is None:
            raise NotSupportedError(f"{self.model.__name__}: nothing compares with None; use __isnull")
        return self.value(attribute)

    # -- updates -----------------------------------------------------------------------------------------------------

    def update(self, changes: Mapping[str, Any]) -> str:
        """Changes by field name as an update expression. A plain value is set, None removes the attribute."""
        clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": []}
        for field_name, change in {**changes, **moved(self.model, changes)}.items():
            field = resolve(self.model, field_name)
            if field.primary_key or field in key_fields(self.model):
                raise NotSupportedError(f"{self.model.__name__}: a primary key cannot be changed")
            clause, text = self._change(field, self.name(field.column), change)
            clauses[clause].append(text)
        return " ".join(f"{clause} {', '.join(texts)}" for clause, texts in clauses.items() if texts)

    def _change(self, field: Field, name: str, change: Any) -> tuple[str, str]:
        match change:
            case CombinedExpression(connector="+" | "-", lhs=F(name=own), rhs=Value(value=int() as amount)) if (
                own == field.name
            ):
                return self._change(field, name, Add(amount if change.connector == "+" else -amount))
            case Append(values):
                return "SET", f"{name} = list_append({name}, {self.value(dump_value(values))})"
            case Add(amount):
                return "ADD", f"{name} {self.value(dump_value(amount))}"
            case IfMissing(value):
                return "SET", f"{name} = if_not_exists({name}, {self._operand(field, value)})"
        if hasattr(change, "resolve_expression"):
            raise NotSupportedError(f"{self.model.__name__}.{field.name}: use Add, Append or IfMissing, not {change!r}")
        attribute = dump(field, change)
        return ("REMOVE", name) if attribute is None else ("SET", f"{name} = {self.value(attribute)}")
