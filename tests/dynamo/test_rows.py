"""Results of queries in all their forms: instances, values, counts, the ends of an index, explain()."""

import pickle

import pytest
from django.db.models import Max, Min
from django.db.utils import NotSupportedError

from otp.dynamo.client import table_name

from .events import DAY, at, event, ids, write
from .models import Event


def test_values_in_all_their_forms(ann):
    events = Event.objects.filter(person="ann").order_by("at")[:2]
    assert list(events.values("id", "number")) == [{"id": "0000", "number": 0}, {"id": "0001", "number": 1}]
    assert list(events.values_list("pk", "at")) == [("0000", at(0)), ("0001", at(1))]
    assert list(events.values_list("number", flat=True)) == [0, 1]
    assert [row.id for row in events.values_list("id", named=True)] == ["0000", "0001"]
    assert events.values().first()["person"] == "ann"


def test_only_and_defer_leave_the_rest_for_later(ann, requests_log):
    requests_log.clear()
    first = Event.objects.filter(person="ann").order_by("at").only("number")[0]
    assert first.get_deferred_fields() == {"kind", "person", "at", "room", "size", "all", "of_kind"}
    assert requests_log.operations == ["Query"]
    assert first.kind == "sent"
    assert requests_log.operations == ["Query", "GetItem"]


def test_exists_and_count_read_no_items(ann, requests_log):
    events = Event.objects.filter(person="ann")
    assert events.exists()
    assert not events.filter(number__gt=99).exists()
    requests_log.clear()
    assert events.count() == 10
    assert [request["Select"] for _, request in requests_log.requests] == ["COUNT"]
    assert events[:4].count() == 4
    assert events.order_by("at")[8:20].count() == 2


def test_who_counts_or_writes_asks_for_no_order(ann, monkeypatch):
    monkeypatch.setattr(Event._meta, "ordering", ["kind"])
    some = Event.objects.filter(person="bob", number__gt=20)
    assert (some.count(), some.exists(), some.update(size=2), some.order_by("size").delete()[0]) == (1, True, 1, 1)


def test_a_count_of_too_many_items_is_refused(tables, monkeypatch):
    monkeypatch.setattr("otp.dynamo.reading.COUNT_LIMIT", 5)
    write(*[event(number) for number in range(6)])
    with pytest.raises(NotSupportedError, match="more than 5 items to count"):
        Event.objects.filter(person="ann").count()
    assert Event.objects.filter(person="ann")[:5].count() == 5


def test_the_ends_of_an_index_are_its_min_and_max(ann):
    assert Event.objects.aggregate(first=Min("at"), last=Max("at")) == {"first": at(0), "last": at(21)}
    assert Event.objects.filter(person="bob").aggregate(Min("number")) == {"number__min": 20}
    assert Event.objects.filter(person="eve").aggregate(Min("number")) == {"number__min": None}


def test_datetimes_are_the_periods_between_the_ends(tables):
    assert Event.objects.datetimes("at", "day") == []
    write(event(1), event(24 * 33))
    assert Event.objects.datetimes("at", "month") == [DAY, DAY.replace(month=4)]
    assert Event.objects.datetimes("at", "year") == [DAY.replace(month=1)]
    days = Event.objects.datetimes("at", "day", order="DESC")
    assert (len(days), days[0], days[-1]) == (34, DAY.replace(month=4, day=3), DAY)


def test_explain_says_what_it_would_cost():
    assert Event.objects.filter(pk="0001").explain() == "GetItem events, consistent\nkeys: 1\nrequests: 1"
    assert Event.objects.filter(person="ann", at__gte=at(1), kind="sent").order_by("-at").explain() == (
        "Query events, index by_person, descending\n"
        "key: person = 'ann' AND at >= '2026-03-01T01:00:00.000000Z'\n"
        "filter: kind = 'sent'\n"
        "requests: 1, and one more for each further MB or cut that a filter makes"
    )


def test_a_query_survives_pickling(ann, installed):
    events = Event.objects.filter(person="ann", at__gte=at(8)).order_by("at")
    again = Event.objects.all()
    again.query = pickle.loads(pickle.dumps(events.query))
    assert ids(again) == ids(pickle.loads(pickle.dumps(events))) == ["0008", "0009"]
    named = Event.objects.all()
    named.query = pickle.loads(pickle.dumps(events.values("id").query))
    assert list(named) == [{"id": "0008"}, {"id": "0009"}]


def test_tables_take_the_prefix_of_the_settings(settings):
    settings.DYNAMO_TABLE_PREFIX = "stage_"
    assert table_name("events") == "stage_events"
    assert "stage_events" in Event.objects.filter(pk="a").explain()
