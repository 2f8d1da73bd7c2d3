"""Django's `Q` and `F` as DynamoDB's condition, filter, key and update expressions.

Attributes are always written as placeholders (`#status`, `:0`), so no name can clash with a reserved word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Field, Model, Q
from django.db.utils import NotSupportedError

from .fields import dump, dump_value

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
        """A `Q` as a condition expression, with no parenthesis that DynamoDB would call redundant."""
        parts = [self._child(child, q.connector, len(q.children) > 1) for child in q.children]
        joined = f" {q.connector} ".join(parts)
        if not q.negated:
            return joined
        return f"NOT ({joined})" if len(parts) > 1 else f"NOT {joined}"

    def _child(self, child: Any, connector: str, siblings: bool) -> str:
        if not isinstance(child, Q):
            name, value = child
            return self._leaf(name, value)
        text = self.condition(child)
        compound = len(child.children) > 1 and not child.negated
        return f"({text})" if siblings and compound and child.connector != connector else text

    def _leaf(self, lookup: str, value: Any) -> str:
        path, _, kind = lookup.rpartition("__")
        if not path:
            path, kind = lookup, "exact"
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
            return self.name(resolve(self.model, value.name).column)
        attribute = dump(field, value) if field else dump_value(value)
        if attribute is None:
            raise NotSupportedError(f"{self.model.__name__}: nothing compares with None; use __isnull")
        return self.value(attribute)

    # -- updates -----------------------------------------------------------------------------------------------------

    def update(self, changes: Mapping[str, Any]) -> str:
        """Changes by field name as an update expression. A plain value is set, None removes the attribute."""
        clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": []}
        for field_name, change in changes.items():
            field = resolve(self.model, field_name)
            if field.primary_key:
                raise NotSupportedError(f"{self.model.__name__}: a primary key cannot be changed")
            clause, text = self._change(field, self.name(field.column), change)
            clauses[clause].append(text)
        return " ".join(f"{clause} {', '.join(texts)}" for clause, texts in clauses.items() if texts)

    def _change(self, field: Field, name: str, change: Any) -> tuple[str, str]:
        match change:
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
