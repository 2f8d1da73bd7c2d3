"""Pages: their items, whatever is written meanwhile, and their requests."""

import pytest

from otp.dynamo.paging import REQUESTS, InvalidCursor

from .events import at, event, ids, write
from .models import Event

pytestmark = pytest.mark.slow

LISTINGS = {
    "one partition, newest first": lambda: Event.objects.filter(person="ann").order_by("-at"),
    "one partition, oldest first": lambda: Event.objects.filter(person="ann").order_by("at"),
    "in the order of the key": lambda: Event.objects.filter(person="ann").order_by("-id"),
    "one field alone": lambda: Event.objects.filter(room__in=["a", "b", "c"]),
    "three shards, newest first": lambda: Event.objects.order_by("-at"),
    "three shards, oldest first": lambda: Event.objects.order_by("at"),
    "two people merged": lambda: Event.objects.filter(person__in=["ann", "bob"]).order_by("-at"),
    "between times": lambda: Event.objects.filter(at__gte=at(0), at__lt=at(9)).order_by("-at"),
    "filtered": lambda: Event.objects.filter(size__lt=1).order_by("-at"),
}


@pytest.fixture(params=LISTINGS)
def listing(request):
    return LISTINGS[request.param]()


def forward(listing, size):
    pages = [listing.page(size)]
    while pages[-1].next and len(pages) < 100:
        pages.append(listing.page(size, after=pages[-1].next))
    return pages


def back(listing, size, from_page):
    pages = [from_page]
    while pages[0].previous and len(pages) < 100:
        pages.insert(0, listing.page(size, before=pages[0].previous))
    return pages


def test_pages_show_each_item_once_despite_equal_times_in_both_directions(everywhere, listing):
    write(*[event(number, at=at(number // 7), person="ab"[number % 2] + "nn") for number in range(20)])
    write(*[event(number, at=at(number // 7), person="bob", room="abd"[number % 3]) for number in range(20, 40)])
    pages = forward(listing, 4)
    assert ids(each for page in pages for each in page.items) == ids(listing)
    assert all(len(page.items) == 4 for page in pages[:-1])
    again = back(listing, 4, pages[-1])
    assert [ids(page.items) for page in again] == [ids(page.items) for page in pages]
    assert pages[0].previous is None


def test_the_last_page_has_no_next(tables):
    write(*[event(number) for number in range(6)])
    first = Event.objects.filter(person="ann").order_by("at").page(3)
    last = Event.objects.filter(person="ann").order_by("at").page(3, after=first.next)
    assert (ids(last.items), last.next) == (["0003", "0004", "0005"], None)
    assert Event.objects.filter(person="eve").order_by("at").page(3).next is None


def test_new_items_neither_repeat_nor_hide_others_on_the_next_page(everywhere):
    write(*[event(number) for number in range(6)])
    listing = Event.objects.order_by("-at")
    first = listing.page(3)
    write(event(6), event(7))
    second = listing.page(3, after=first.next)
    assert ids(first.items + second.items) == ["0005", "0004", "0003", "0002", "0001", "0000"]
    assert ids(listing.page(3, before=second.previous).items) == ["0005", "0004", "0003"]
    newest = listing.page(3, before=listing.page(3, before=second.previous).previous)
    assert (ids(newest.items), newest.previous) == (["0007", "0006"], None)


def test_a_cursor_of_a_deleted_item_is_valid(everywhere):
    write(*[event(number) for number in range(6)])
    listing = Event.objects.order_by("at")
    first = listing.page(2)
    first.items[-1].delete()
    assert ids(listing.page(2, after=first.next).items) == ["0002", "0003"]


def test_a_page_costs_one_request_a_partition_wherever_it_is(tables, requests_log):
    write(*[event(number) for number in range(60)])
    page = Event.objects.order_by("-at").page(5)
    for _ in range(5):
        requests_log.clear()
        page = Event.objects.order_by("-at").page(5, after=page.next)
        assert [request["Limit"] for _, request in requests_log.requests] == [6, 6, 6]


def test_a_page_of_a_selective_filter_is_capped_and_the_next_continues(everywhere, requests_log, monkeypatch):
    monkeypatch.setattr("otp.dynamo.paging.SIFT", 2)
    write(*[event(number, size=int(number in (3, 70))) for number in range(80)])
    listing = Event.objects.filter(person="ann", size=1).order_by("at")
    requests_log.clear()
    first = listing.page(5)
    assert (ids(first.items), first.capped, len(requests_log.requests)) == (["0003"], True, REQUESTS)
    pages = forward(listing, 5)
    assert ids(each for page in pages for each in page.items) == ["0003", "0070"]
    on_the_way_back = back(listing, 5, pages[-1])
    assert ids(each for page in on_the_way_back for each in page.items) == ["0003", "0070"]


def test_capped_pages_of_shards_lose_no_item(everywhere, monkeypatch):
    monkeypatch.setattr("otp.dynamo.paging.SIFT", 2)
    monkeypatch.setattr("otp.dynamo.paging.REQUESTS", 2)
    write(*[event(number, at=at(number // 9), size=int(number % 11 == 0)) for number in range(66)])
    listing = Event.objects.filter(size=1).order_by("-at")
    pages = forward(listing, 3)
    assert any(page.capped for page in pages)
    assert sorted(ids(each for page in pages for each in page.items)) == sorted(ids(listing))


def test_a_cursor_is_valid_for_the_same_filter_in_another_order(tables):
    write(*[event(number) for number in range(4)])
    cursor = Event.objects.filter(person="ann", kind__in=["sent", "failed", "b"]).order_by("at").page(2).next
    again = Event.objects.filter(person="ann", kind__in={"b", "failed", "sent"}).order_by("at", "-at")
    assert ids(again.page(2, after=cursor).items) == ["0002", "0003"]


def test_a_cursor_of_another_listing_is_refused(tables):
    write(*[event(number) for number in range(4)])
    cursor = Event.objects.filter(person="ann").order_by("at").page(2).next
    others = [
        Event.objects.filter(person="bob").order_by("at"),
        Event.objects.filter(person="ann").order_by("-at"),
        Event.objects.filter(person="ann").order_by("number"),
        Event.objects.filter(person="ann", kind="sent").order_by("at"),
        Event.objects.filter(person="ann", at__gt=at(1)).order_by("at"),
    ]
    for other in others:
        with pytest.raises(InvalidCursor, match="another listing"):
            other.page(2, after=cursor)


@pytest.mark.parametrize("cursor", ["nonsense", "W10:1abc:xyz", "\x00", "é" * 5000])
def test_a_forged_cursor_is_refused(tables, cursor):
    with pytest.raises(InvalidCursor):
        Event.objects.order_by("at").page(2, after=cursor)
    with pytest.raises(InvalidCursor):
        Event.objects.order_by("at").page(2, before=cursor)


def test_a_query_by_keys_is_one_page_and_a_slice_has_none(tables):
    write(*[event(number) for number in range(3)])
    page = Event.objects.filter(pk__in=["0002", "0001"]).page(1)
    assert (ids(page.items), page.next, page.previous) == (["0002", "0001"], None, None)
    with pytest.raises(TypeError, match="slice"):
        Event.objects.order_by("at")[:5].page(2)


def test_a_page_of_values_is_values(tables):
    write(event(1))
    assert Event.objects.order_by("at").values_list("id", flat=True).page(2).items == ["0001"]
