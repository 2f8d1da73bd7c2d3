"""Ranges of a sort key: narrowed by lookups, and as a key condition."""

import pytest

from otp.dynamo.expressions import Expression
from otp.dynamo.ranges import Edge, Range, narrowed

from .models import Event

NUMBER, ID = Event._meta.get_field("number"), Event._meta.get_field("id")


def range_of(field, *lookups):
    """What is left of everything after the lookups."""
    range_ = Range()
    for kind, value in lookups:
        range_ = narrowed(range_, field, kind, value)
    return range_


def number(value, is_open=False):
    return Edge({"N": str(value)}, is_open)


@pytest.mark.parametrize(
    ("lookups", "left"),
    [
        ([("gte", 1), ("gt", 1)], Range(low=number(1, True))),
        ([("gt", 1), ("gte", 1)], Range(low=number(1, True))),
        ([("lt", 9), ("lte", 9), ("lte", 10)], Range(high=number(9, True))),
        ([("lte", 9), ("lt", 9)], Range(high=number(9, True))),
        ([("range", (2, 8)), ("gt", 5)], Range(number(5, True), number(8))),
        ([("gt", 9), ("gt", 10)], Range(low=number(10, True))),
    ],
)
def test_the_narrowest_bounds_win(lookups, left):
    assert range_of(NUMBER, *lookups) == left


@pytest.mark.parametrize(
    ("lookups", "empty"),
    [
        ([("gt", 3), ("lt", 3)], True),
        ([("gte", 3), ("lt", 3)], True),
        ([("gte", 3), ("lte", 3)], False),
        ([("exact", 3), ("exact", 4)], True),
        ([("gt", 3), ("lt", 4)], False),
        ([("gt", 3)], False),
    ],
)
def test_a_range_is_empty_if_its_ends_exclude_everything(lookups, empty):
    assert range_of(NUMBER, *lookups).empty is empty


@pytest.mark.parametrize(
    ("prefix", "end"), [("ab", "ac"), ("a\ud7ff", "a\ue000"), ("a\U0010ffff", "b"), ("\U0010ffff", None)]
)
def test_a_prefix_ends_before_the_next_string_that_has_another(prefix, end):
    assert range_of(ID, ("startswith", prefix)) == Range(Edge({"S": prefix}), end and Edge({"S": end}, True))


def test_every_text_starts_with_the_empty_text():
    assert range_of(ID, ("startswith", "")) == Range()


@pytest.mark.parametrize("kind", ["in", "contains", "isnull", "iexact"])
def test_lookups_that_no_key_condition_can_express_are_left_to_the_filter(kind):
    assert narrowed(Range(), NUMBER, kind, [1]) is None


def test_only_a_range_with_two_ends_includes_its_open_ends():
    expression = Expression(Event)
    assert list(range_of(NUMBER, ("gt", 3)).condition(expression, NUMBER)) == ["#number > :0"]
    assert range_of(NUMBER, ("gt", 3)).dropped == []
    assert range_of(NUMBER, ("gt", 3), ("lt", 5)).dropped == [{"N": "3"}, {"N": "5"}]
