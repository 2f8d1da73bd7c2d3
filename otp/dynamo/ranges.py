"""The range of sort keys that a query reads, and its key condition.

DynamoDB accepts one condition on a sort key. So `gte` with `lt` becomes BETWEEN, which includes both ends, and the
reader drops the items at the excluded end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Field
from django.db.utils import NotSupportedError

from .expressions import Expression
from .keys import SORT_BYTES, fits
from .values import Attribute, load_value, operand

LAST_CHARACTER = chr(0x10FFFF)
SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True)
class Edge:
    """One end of a range. If it is `open`, the value itself is excluded."""

    attribute: Attribute
    open: bool = False

    @property
    def value(self) -> Any:
        return load_value(self.attribute)

    @property
    def lowest(self) -> bool:
        """Whether it is an empty text or empty bytes, which are less than any value of a key."""
        return self.value in ("", b"")


@dataclass(frozen=True)
class Range:
    """The values from `low` to `high`; None for no limit."""

    low: Edge | None = None
    high: Edge | None = None

    def above(self, edge: Edge) -> "Range":
        """The part of this range above an edge."""
        if edge.lowest:
            return self  # DynamoDB refuses it, and it excludes nothing
        if self.low and (self.low.value, self.low.open) >= (edge.value, edge.open):
            return self
        return replace(self, low=edge)

    def below(self, edge: Edge) -> "Range":
        """The part of this range below an edge."""
        if self.high and (self.high.value, not self.high.open) <= (edge.value, not edge.open):
            return self
        return replace(self, high=edge)

    @property
    def empty(self) -> bool:
        if self.high and self.high.lowest:
            return True
        if not (self.low and self.high):
            return False
        if self.low.value == self.high.value:
            return self.low.open or self.high.open
        return bool(self.low.value > self.high.value)

    @property
    def dropped(self) -> list[Attribute]:
        """The ends that `condition` includes although the range excludes them."""
        return [edge.attribute for edge in (self.low, self.high) if edge and edge.open and self.low and self.high]

    def condition(self, expression: Expression, field: Field) -> Iterator[str]:
        """The range as a key condition on a sort key. Yields nothing if it has no limits."""
        if not (self.low or self.high):
            return
        name = expression.name(field.column)
        if self.low and self.high:
            low = expression.value(self.low.attribute)
            same = self.low == self.high
            yield f"{name} = {low}" if same else f"{name} BETWEEN {low} AND {expression.value(self.high.attribute)}"
        elif self.low:
            yield f"{name} {'>' if self.low.open else '>='} {expression.value(self.low.attribute)}"
        elif self.high:
            yield f"{name} {'<' if self.high.open else '<='} {expression.value(self.high.attribute)}"


def narrowed(range_: Range, field: Field, kind: str, value: Any) -> Range | None:
    """The range, narrowed by a lookup. None if a key condition can't express the lookup."""
    if value is None or any(isinstance(each, F) for each in (value if kind == "range" else [value])):
        return None
    match kind:
        case "isnull" if not value:
            return range_  # the index holds no other items
        case "exact":
            edge = _edge(field, value)
            return range_.above(edge).below(edge)
        case "gt" | "gte":
            return range_.above(_edge(field, value, kind == "gt"))
        case "lt" | "lte":
            return range_.below(_edge(field, value, kind == "lt"))
        case "range":
            low, high = value
            return range_.above(_edge(field, low)).below(_edge(field, high))
        case "startswith" if isinstance(value, str):
            if not value:
                return range_  # every text starts with an empty one
            after, range_ = _successor(value), range_.above(_edge(field, value))
            return range_.below(_edge(field, after, True)) if after else range_
    return None


def _edge(field: Field, value: Any, is_open: bool = False) -> Edge:
    attribute = operand(field, value)
    if attribute is None:
        raise NotSupportedError(f"{field}: can't compare with None; use __isnull")
    edge = Edge(attribute, is_open)
    if not (edge.lowest or fits(attribute, SORT_BYTES)):
        raise NotSupportedError(f"{field}: a value that orders an index has {SORT_BYTES} bytes at most")
    return edge


def _successor(prefix: str) -> str:
    """The first string after all that start with the prefix; "" if there is none."""
    stem = prefix.rstrip(LAST_CHARACTER)
    if not stem:
        return ""
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(SURROGATES.stop if following in SURROGATES else following)
