"""What differs from Django on SQL when reading: see test_differences.py."""

from datetime import timedelta

import pytest
from django.db import models
from django.db.models import Q
from django.db.utils import NotSupportedError

from otp.dynamo.operations import batch_put

from .differences import row
from .events import DAY, event, ids, write
from .models import Event, Kept, Line, Note, Session

NOT_THERE = (
    *("alias", "annotate", "bulk_update", "difference", "distinct", "extra", "intersection", "prefetch_related"),
    *("raw", "select_for_update", "select_related", "union", "update_or_create"),
)


@row("a query that neither the key nor an index serves raises `NotSupportedError`")
def test_no_scan(tables, requests_log):
    with pytest.raises(NotSupportedError, match="no index serves a filter on text"):
        list(Note.objects.filter(text="a"))
    assert requests_log.operations == []


@row("an index with a nullable second field serves only queries that leave its nulls out")
def test_sparse_index(everywhere):
    batch_put(Line(id="a", at=DAY), Line(id="b"))
    assert ids(Line.objects.filter(at__isnull=False).order_by("at")) == ["a"]
    with pytest.raises(NotSupportedError, match="add at__isnull=False"):
        list(Line.objects.order_by("at"))


@row("results of an index may lag behind a write by some milliseconds; reads by key never do")
def test_consistency(everywhere, requests_log):
    list(Event.objects.filter(person="ann"))
    list(Event.objects.filter(pk="0001"))
    list(Session.objects.filter(subject="ann"))
    assert [request.get("ConsistentRead", False) for _, request in requests_log.requests] == [False, True, True]


@row("null comes before all values")
def test_null_comes_first(everywhere):
    batch_put(*(Kept(key=key, seven=seven) for key, seven in (("a", 2), ("b", None), ("c", 1))))
    found = Kept.objects.filter(pk__in=["a", "b", "c"])
    assert [each.seven for each in found.order_by("seven")] == [None, 1, 2]
    assert [each.seven for each in found.order_by("-seven")] == [2, 1, None]


@row("items that are equal in the order come in an order of DynamoDB's own, the same every time")
def test_ties(everywhere):
    write(*[event(number, at=DAY) for number in range(6)])
    listing = Event.objects.filter(person="ann").order_by("at")
    assert ids(listing) == ids(listing)
    assert ids(listing.order_by("at", "id")) == sorted(ids(listing))


@row("`startswith` and `contains` are case-sensitive")
def test_case(everywhere):
    write(event(1, kind="Sent"))
    for some in (Event.objects.filter(pk="0001"), Event.objects.filter(person="ann")):
        assert not some.filter(Q(kind__startswith="s") | Q(kind__contains="sE")).exists()
        assert some.filter(kind__startswith="S", kind__contains="en").exists()


@row("`in` takes up to 100 values, but for keys")
def test_hundred_values(tables):
    hundred = [str(number) for number in range(101)]
    assert list(Event.objects.filter(pk__in=hundred)) == []
    with pytest.raises(NotSupportedError, match="size is compared with 100 values at most"):
        list(Event.objects.filter(person="ann", size__in=range(101)))
    with pytest.raises(NotSupportedError, match="101 partitions of person are too many"):
        list(Event.objects.filter(person__in=hundred))


@row("`count()` reads what it counts, and raises beyond 10,000 items")
def test_count(tables, monkeypatch):
    monkeypatch.setattr("otp.dynamo.reading.COUNT_LIMIT", 3)
    write(*[event(number) for number in range(4)])
    with pytest.raises(NotSupportedError, match="more than 3 items to count"):
        Event.objects.filter(person="ann").count()


@row("`dates()` and `datetimes()` list every period between the first item and the last")
def test_periods(everywhere):
    write(event(0), event(1, at=DAY + timedelta(days=2)))
    assert len(Event.objects.datetimes("at", "day")) == 3


@row("`aggregate()` takes `Min` and `Max` of an index's second field only")
def test_aggregates(tables):
    with pytest.raises(NotSupportedError, match="aggregates only Min and Max"):
        Event.objects.filter(person="ann").aggregate(models.Sum("number"))


@row("`annotate`, `distinct`, `union`, `raw` and more, joins, subqueries and transforms raise `NotSupportedError`")
def test_unsupported_methods(tables):
    for name in NOT_THERE:
        with pytest.raises(NotSupportedError, match=rf"no {name}\(\)"):
            getattr(Event.objects.all(), name)()
    for ask in (
        lambda: Event.objects.filter(pk="1", at__year=2026),
        lambda: Event.objects.filter(pk__in=Event.objects.filter(person="ann")),
        lambda: Event.objects.filter(pk="1", kind__iexact="sent"),
    ):
        with pytest.raises(NotSupportedError, match="Event"):
            list(ask())
