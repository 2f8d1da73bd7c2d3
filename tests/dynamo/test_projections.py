"""A query requests only the attributes that it needs."""

import pytest

from otp.dynamo.operations import batch_put

from .events import at, event, write
from .models import Event, Session


@pytest.fixture
def projected(tables, requests_log):
    """The projection of each request that a query makes."""
    write(event(1), event(2))
    batch_put(Session(subject="ann", sid="s1", made_at=at(0)))

    def projections(query):
        requests_log.clear()
        query()
        parameters = [request for _, request in requests_log.requests]
        flat = [next(iter(each["RequestItems"].values())) if "RequestItems" in each else each for each in parameters]
        return [sorted(each.get("ProjectionExpression", "all").replace("#", "").split(", ")) for each in flat]

    return projections


BY_KEY, BY_KEYS = Event.objects.filter(pk="0001"), Event.objects.filter(pk__in=["0001", "0002"])
BY_INDEX = Event.objects.filter(person="ann").order_by("at")


@pytest.mark.parametrize("some", [BY_KEY, BY_KEYS, BY_INDEX], ids=["key", "keys", "index"])
def test_values_only_and_defer_ask_for_their_fields(projected, some):
    order = {"at"} & {"at" for _ in some.query.order_by}
    for query in (some.values("number"), some.values_list("number", flat=True), some.only("number")):
        assert projected(lambda query=query: list(query)) == [sorted({"id", "number"} | order)]
    (names,) = projected(lambda: list(some.defer("size", "room")))
    assert {"size", "room"}.isdisjoint(names)
    assert "kind" in names
    assert projected(lambda: list(some.all())) == [["all"]]


@pytest.mark.parametrize("some", [BY_KEY, BY_KEYS, BY_INDEX], ids=["key", "keys", "index"])
def test_exists_update_and_delete_ask_for_keys(projected, some):
    order = {"at"} & {"at" for _ in some.query.order_by}
    assert projected(some.exists) == [sorted({"id"} | order)]


def test_a_projection_includes_the_fields_of_a_filter_that_is_applied_here(projected):
    assert projected(Event.objects.filter(pk="0001", kind="sent").exists) == [["id", "kind"]]
    assert projected(Event.objects.filter(pk="0001", kind="sent").count) == [["id", "kind"]]
    assert projected(lambda: list(BY_KEYS.order_by("-number").values("kind"))) == [["id", "kind", "number"]]


def test_what_is_written_by_an_index_is_found_by_its_keys(projected):
    found = projected(lambda: Event.objects.filter(person="ann").update(size=1))
    assert found[0] == ["at", "id"]


def test_a_key_of_two_fields_is_read_as_both(projected):
    assert projected(lambda: list(Session.objects.filter(subject="ann").values("key", "uses"))) == [
        ["sid", "subject", "uses"]
    ]
    assert projected(Session.objects.filter(pk="ann s1").exists) == [["sid", "subject"]]
