"""Conditions on items that were read by key match as they do in DynamoDB."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db.models import F, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from otp.dynamo.client import ConditionFailed
from otp.dynamo.matching import matches
from otp.dynamo.operations import Put, Update, to_item

from .models import Event, Note

ITEM = Event(id="1", kind="sent", at=datetime(2026, 3, 1, tzinfo=UTC), number=3, size=Decimal("3.50"))  # no person

numbers = some.integers(0, 6)
words = some.sampled_from(["s", "sent", "sen", "t", "sf"])
leaves = some.one_of(
    some.tuples(some.sampled_from([f"number__{kind}" for kind in ("exact", "lt", "lte", "gt", "gte")]), numbers),
    some.tuples(some.just("number__in"), some.lists(numbers, min_size=1, max_size=3)),
    some.tuples(some.just("number__range"), some.tuples(some.integers(0, 3), some.integers(3, 6))),
    some.tuples(some.sampled_from(["kind__startswith", "kind__contains", "kind", "person", "person__gt"]), words),
    some.tuples(some.sampled_from(["person__isnull", "kind__isnull"]), some.booleans()),
    some.tuples(some.sampled_from(["number__lt", "person__exact"]), some.sampled_from([F("size"), F("kind")])),
).map(lambda leaf: Q(leaf))
conditions = some.recursive(
    leaves,
    lambda inner: some.one_of(
        some.builds(lambda a, b: a & b, inner, inner),
        some.builds(lambda a, b: a | b, inner, inner),
        inner.map(Q.__invert__),
    ),
    max_leaves=6,
)


@pytest.mark.dynamodb_local
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=conditions)
def test_every_condition_matches_the_same_items_as_in_dynamodb(local_tables, q):
    Put(ITEM).run()
    try:
        Update(Event, "1", {"number": 3}, when=q).run()
    except ConditionFailed:
        met = False
    else:
        met = True
    assert matches(Event, q, to_item(ITEM)) == met


@pytest.mark.parametrize(
    ("q", "met"),
    [
        (Q(lines__contains="a"), True),
        (Q(lines__contains="aa"), False),
        (Q(tags__contains="x"), True),
        (Q(tags__contains=1), False),
        (Q(lines=["a", "b"]), True),
        (Q(lines__gt=["a"]), False),
        (Q(text=None), True),
        (Q(text__contains="a"), False),
        (Q(text__startswith="a"), False),
    ],
)
def test_lists_sets_and_what_is_missing(q, met):
    note = Note(slug="n", lines=["a", "b"], tags={"x", "y"})
    assert matches(Note, q, to_item(note)) is met
