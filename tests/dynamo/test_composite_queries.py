"""Keys of two fields: queries by the first half in the order of the second, and indexes of such a table."""

import pytest
from django.db.models import F, Max, Min, Q
from django.db.utils import NotSupportedError

from otp.dynamo.operations import batch_put

from .events import at
from .models import Reading, Session
from .sessions import keys, session

# -- by the first half -------------------------------------------------------------------------------------------------


def test_the_first_half_alone_is_one_consistent_query_ordered_by_the_second(three, requests_log):
    requests_log.clear()
    assert keys(Session.objects.filter(subject="ann")) == ["ann s1", "ann s2"]
    assert requests_log.requests == [
        (
            "Query",
            {
                "TableName": "sessions",
                "ConsistentRead": True,
                "KeyConditionExpression": "#subject = :0",
                "ExpressionAttributeNames": {"#subject": "subject"},
                "ExpressionAttributeValues": {":0": {"S": "ann"}},
                "ScanIndexForward": True,
            },
        )
    ]


def test_ordered_bounded_sliced_and_counted(three):
    ann = Session.objects.filter(subject="ann")
    assert keys(ann.order_by("-sid")) == keys(ann.order_by("-pk")) == ["ann s2", "ann s1"]
    assert keys(ann.order_by("subject", "-sid")) == ["ann s2", "ann s1"]
    assert keys(ann.filter(sid__gt="s1")) == keys(ann.filter(sid__startswith="s2")) == ["ann s2"]
    assert keys(ann.order_by("sid")[1:]) == ["ann s2"]
    assert (ann.count(), ann.exists(), ann.filter(uses__gt=1).exists()) == (2, True, False)
    assert (ann.first().sid, ann.last().sid, ann.earliest("sid").sid) == ("s1", "s2", "s1")
    assert ann.aggregate(low=Min("sid"), high=Max("sid")) == {"low": "s1", "high": "s2"}
    assert list(ann.values_list("pk", "sid")) == [("ann s1", "s1"), ("ann s2", "s2")]
    assert keys(ann.only("uses")) == ["ann s1", "ann s2"]
    assert keys(Session.objects.filter(subject__in=["bob", "ann"], uses=0).order_by("sid")) == [
        *("ann s1", "bob s1", "ann s2"),
    ]


def test_written_by_the_first_half(three):
    assert Session.objects.filter(subject="ann").update(uses=5) == 2
    assert [each.uses for each in Session.objects.filter(pk__in=["ann s1", "ann s2", "bob s1"])] == [5, 5, 0]
    assert Session.objects.filter(subject="ann", sid__gte="s2").delete()[0] == 1
    assert keys(Session.objects.filter(subject="ann")) == ["ann s1"]


def test_paged_both_ways(everywhere):
    batch_put(*(session(sid=f"s{n}") for n in range(7)))
    listing = Session.objects.filter(subject="ann").order_by("-sid")
    first = listing.page(3)
    second = listing.page(3, after=first.next)
    third = listing.page(3, after=second.next)
    assert [[each.sid for each in page.items] for page in (first, second, third)] == [
        *(["s6", "s5", "s4"], ["s3", "s2", "s1"], ["s0"]),
    ]
    assert third.next is None
    assert keys(listing.page(3, before=second.previous).items) == keys(first.items)


def test_other_lookups_on_the_key_are_refused(tables):
    for condition in (Q(pk__gt="a b"), Q(pk__range=("a b", "c d")), Q(pk__startswith="ann"), Q(pk=F("agent"))):
        with pytest.raises(NotSupportedError):
            list(Session.objects.filter(condition, subject="ann"))
    with pytest.raises(NotSupportedError, match=r"Primary key: sensor, at\."):
        list(Reading.objects.filter(at=at(1)))


# -- indexes of such a table -------------------------------------------------------------------------------------------


def test_an_index_of_keys_alone_fetches_the_items(three, requests_log):
    requests_log.clear()
    newest = Session.objects.order_by("-made_at")
    assert [(each.pk, each.uses) for each in newest] == [("bob s1", 0), ("ann s2", 0), ("ann s1", 0)]
    assert requests_log.operations == ["Query", "Query", "BatchGetItem"]
    requests_log.clear()
    assert list(newest.values_list("pk", flat=True)[:2]) == ["bob s1", "ann s2"]
    assert requests_log.operations == ["Query", "Query"]


def test_an_index_that_includes_a_field_reads_it_and_filters_by_it(three, requests_log):
    Session.objects.filter(subject="ann").update(agent="cli", uses=2)
    requests_log.clear()
    found = Session.objects.filter(agent="cli", uses__gt=1).order_by("made_at")
    assert list(found.values_list("sid", "uses")) == [("s1", 2), ("s2", 2)]
    assert requests_log.operations == ["Query"]
    with pytest.raises(NotSupportedError, match="no index serves"):
        list(Session.objects.filter(agent="cli", waits_until__isnull=True).order_by("made_at"))


def test_pages_of_an_index_of_keys_alone(everywhere):
    batch_put(*(session(sid=f"s{n}", made_at=at(n // 2)) for n in range(8)))
    listing = Session.objects.order_by("-made_at")
    pages = [listing.page(3)]
    while pages[-1].next:
        pages.append(listing.page(3, after=pages[-1].next))
    assert [len(page.items) for page in pages] == [3, 3, 2]
    assert sorted(keys(each for page in pages for each in page.items)) == [f"ann s{n}" for n in range(8)]
    assert keys(listing.page(3, before=pages[1].previous).items) == keys(pages[0].items)


def test_fetched_items_need_not_hold_the_fields_of_the_condition(three):
    found = Session.objects.filter(agent="web").order_by("made_at")
    assert list(found.values_list("waits_until", flat=True)) == [None] * 3
    assert [each.pk for each in found.only("waits_until")] == ["ann s1", "ann s2", "bob s1"]


def test_a_page_of_an_index_of_keys_alone_has_whole_items(everywhere, requests_log):
    batch_put(*(session(sid=f"s{n}", made_at=at(n), uses=n, agent="cli") for n in range(3)))
    requests_log.clear()
    page = Session.objects.order_by("-made_at").page(2)
    assert [(each.uses, each.agent) for each in page.items] == [(2, "cli"), (1, "cli")]
    assert requests_log.operations == ["Query", "Query", "BatchGetItem"]
    assert Session.objects.order_by("-made_at").values_list("uses", flat=True).page(5).items == [2, 1, 0]


def test_a_sparse_index_serves_only_queries_that_exclude_nulls(three):
    Session.objects.filter(pk="ann s2").update(waits_until=at(9))
    waiting = Session.objects.filter(waits_until__isnull=False).order_by("-waits_until")
    assert keys(waiting) == ["ann s2"]
    assert keys(waiting.filter(waits_until__gt=at(3))) == ["ann s2"]
    with pytest.raises(NotSupportedError, match="by_wait holds no item whose waits_until is null: to leave"):
        list(Session.objects.order_by("waits_until"))
