"""The request that each query becomes, and the items that it finds."""

from datetime import timedelta

import pytest
from django.db.models import Q
from django.db.utils import NotSupportedError

from .events import at, event, ids, write
from .models import Event, Note


def query(log):
    """The one request that was made, a Query."""
    ((operation, request),) = log.requests
    assert operation == "Query"
    return request


# -- by key ------------------------------------------------------------------------------------------------------------


def test_a_key_is_one_consistent_get(tables, requests_log):
    with pytest.raises(Note.DoesNotExist):
        Note.objects.get(pk="a")
    key = {"slug": {"S": "a"}}
    assert requests_log.requests == [("GetItem", {"TableName": "notes", "Key": key, "ConsistentRead": True})]


def test_several_keys_are_read_in_batches_of_a_hundred_in_their_order(tables, requests_log):
    write(*[event(number) for number in range(150)])
    requests_log.clear()
    wanted = [f"{number:04}" for number in reversed(range(150))]
    assert ids(Event.objects.filter(pk__in=wanted)) == wanted
    assert requests_log.operations == ["BatchGetItem", "BatchGetItem"]
    assert all(request["RequestItems"]["events"]["ConsistentRead"] for _, request in requests_log.requests)


def test_a_query_by_key_takes_any_condition_and_any_order(ann):
    some = Event.objects.filter(pk__in=["0001", "0002", "0003", "0020"])
    assert ids(some.exclude(person="bob").filter(number__gt=1).order_by("-at")) == ["0003", "0002"]
    assert ids(some.order_by("person", "-number")) == ["0003", "0002", "0001", "0020"]
    assert not Event.objects.filter(pk="0001", kind="failed").exists()


def test_a_query_that_can_match_nothing_makes_no_request(tables, requests_log):
    assert list(Event.objects.none()) == list(Event.objects.filter(pk__in=[])) == []
    assert list(Event.objects.filter(person="ann", kind__in=[])) == []
    assert list(Event.objects.filter(person="ann", number__gt=5, number__lt=3)) == []
    assert Event.objects.none().count() == 0
    assert requests_log.operations == []


def test_in_bulk_leaves_out_what_does_not_exist(ann):
    found = Event.objects.in_bulk(["0001", "0009", "nobody"])
    assert {key: each.number for key, each in found.items()} == {"0001": 1, "0009": 9}


# -- by index ----------------------------------------------------------------------------------------------------------


def test_an_index_is_one_query(tables, requests_log):
    list(Event.objects.filter(person="ann").order_by("-at")[:5])
    assert query(requests_log) == {
        "TableName": "events",
        "IndexName": "by_person",
        "KeyConditionExpression": "#person = :0",
        "ExpressionAttributeNames": {"#person": "person"},
        "ExpressionAttributeValues": {":0": {"S": "ann"}},
        "ScanIndexForward": False,
        "Limit": 5,
    }


@pytest.mark.parametrize(
    ("condition", "found", "expression"),
    [
        (Q(number=3), [3], "#number = :1"),
        (Q(number__gt=7), [8, 9], "#number > :1"),
        (Q(number__gte=8), [8, 9], "#number >= :1"),
        (Q(number__lt=2), [0, 1], "#number < :1"),
        (Q(number__lte=1), [0, 1], "#number <= :1"),
        (Q(number__range=(3, 5)), [3, 4, 5], "#number BETWEEN :1 AND :2"),
        (Q(number__gte=3, number__lt=6), [3, 4, 5], "#number BETWEEN :1 AND :2"),
        (Q(number__gt=2, number__lt=6), [3, 4, 5], "#number BETWEEN :1 AND :2"),
        (Q(number__gt=2, number__lte=5), [3, 4, 5], "#number BETWEEN :1 AND :2"),
        (Q(number__gte=1) & Q(number__gte=8) & Q(number__lt=20), [8, 9], "#number BETWEEN :1 AND :2"),
        (Q(number__gte=4, number__lte=4), [4], "#number = :1"),
    ],
)
def test_a_sort_key_takes_one_condition(ann, requests_log, condition, found, expression):
    events = Event.objects.filter(condition, person="ann").order_by("number")
    requests_log.clear()
    assert [each.number for each in events] == found
    assert query(requests_log)["KeyConditionExpression"] == f"#person = :0 AND {expression}"
    assert events.all().count() == len(found)


def test_a_range_of_times_excludes_its_end(ann):
    write(event(30, at=at(4) - timedelta(microseconds=1)))
    morning = Event.objects.filter(person="ann", at__gte=at(2), at__lt=at(4)).order_by("at")
    assert ids(morning) == ["0002", "0003", "0030"]
    assert ids(morning.reverse()) == ["0030", "0003", "0002"]


def test_a_prefix_is_a_range(ann):
    assert ids(Event.objects.filter(person="ann", id__startswith="000").order_by("id")[:2]) == ["0000", "0001"]
    write(*[event(0, id=each) for each in ("ab", "ab\U0010ffff", "ac", "aa")])
    assert ids(Event.objects.filter(person="ann", id__startswith="ab").order_by("-id")) == ["ab\U0010ffff", "ab"]


def test_shards_are_queried_one_by_one_and_merged_in_order(ann, requests_log):
    requests_log.clear()
    assert ids(Event.objects.order_by("-at")[:4]) == ["0021", "0020", "0009", "0008"]
    assert requests_log.operations == ["Query"] * 3
    partitions = [request["ExpressionAttributeValues"][":0"]["S"] for _, request in requests_log.requests]
    assert partitions == ["0", "1", "2"]


def test_a_partition_is_found_by_all_of_its_parts(ann, requests_log):
    write(event(30, kind="fail#ed"))
    requests_log.clear()
    assert ids(Event.objects.filter(kind="fail#ed").order_by("at")) == ["0030"]
    partitions = [request["ExpressionAttributeValues"][":0"]["S"] for _, request in requests_log.requests]
    assert partitions == ["fail%23ed#0", "fail%23ed#1"]


def test_several_values_of_a_hash_are_merged(ann):
    both = Event.objects.filter(person__in=["bob", "ann", "eve"]).order_by("-at")
    assert ids(both[:3]) == ["0021", "0020", "0009"]
    assert both.count() == 12


def test_too_many_partitions_are_refused(tables):
    with pytest.raises(NotSupportedError, match="101 partitions of person are too many"):
        list(Event.objects.filter(person__in=[str(number) for number in range(101)]).order_by("number"))


def test_conditions_on_other_fields_become_a_filter(ann, requests_log):
    write(event(2, kind="failed"), event(5, kind="failed", size=3))
    failed = Event.objects.filter(Q(kind="failed") & (Q(size__gt=2) | Q(number=2)) & ~Q(number=7), person="ann")
    requests_log.clear()
    assert ids(failed.order_by("at")) == ["0002", "0005"]
    expression = "#kind = :1 AND (#size > :2 OR #number = :3) AND NOT #number = :4"
    assert query(requests_log)["FilterExpression"] == expression


def test_the_index_with_the_least_left_to_filter_is_chosen(tables):
    assert "index by_kind," in Event.objects.filter(kind="sent").order_by("-at").explain()
    assert "index by_time," in Event.objects.order_by("-at").explain()
    assert "index by_person," in Event.objects.filter(person="ann").order_by("-at").explain()


def test_the_order_may_end_in_the_primary_key(ann):
    assert ids(Event.objects.filter(person="ann").order_by("-at", "-pk")[:2]) == ["0009", "0008"]
    assert ids(Event.objects.filter(person="ann").order_by("-pk")[:2]) == ["0009", "0008"]


def test_an_index_of_one_field_serves_no_order(everywhere):
    write(*[event(number, room="ab"[number % 2]) for number in range(10)])
    room = Event.objects.filter(room="a")
    assert (sorted(ids(room)), room.count()) == (["0000", "0002", "0004", "0006", "0008"], 5)
    with pytest.raises(NotSupportedError, match="a filter on room in the order of number"):
        list(room.order_by("number"))


def test_a_field_named_twice_orders_once(ann):
    assert ids(Event.objects.filter(person="ann").order_by("-at", "at", "-pk", "at")[:2]) == ["0009", "0008"]
    some = Event.objects.filter(pk__in=["0001", "0002", "0021"])
    assert ids(some.order_by("person", "-at", "-person")) == ["0002", "0001", "0021"]


def test_a_slice_reads_what_it_skips(ann, requests_log):
    requests_log.clear()
    assert ids(Event.objects.filter(person="ann").order_by("at")[2:4]) == ["0002", "0003"]
    assert query(requests_log)["Limit"] == 4


def test_first_last_latest_and_reverse(ann):
    events = Event.objects.filter(person="ann").order_by("at")
    assert (events.first().id, events.last().id) == ("0000", "0009")
    assert (events.earliest("at").id, events.latest("at").id) == ("0000", "0009")
    assert events.filter(number__gt=99).first() is None


def test_get_of_several_says_so(ann):
    with pytest.raises(Event.MultipleObjectsReturned):
        Event.objects.get(person="bob")
    assert Event.objects.get(person="bob", at=at(21)).id == "0021"


def test_iterator_reads_only_what_is_consumed(ann, requests_log):
    requests_log.clear()
    assert next(Event.objects.filter(person="ann").order_by("at").iterator()).id == "0000"
    assert requests_log.operations == ["Query"]
