"""The order of equal items and of nulls, in both directions."""

import pytest
from django.db.utils import NotSupportedError

from otp.dynamo.operations import batch_put

from .events import event, ids, write
from .models import Event, Kept


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (("at", "id"), [0, 1, 2, 3, 4, 5]),
        (("at", "-id"), [1, 0, 3, 2, 5, 4]),
        (("-at", "id"), [4, 5, 2, 3, 0, 1]),
        (("-at", "-pk"), [5, 4, 3, 2, 1, 0]),
    ],
)
def test_ties_are_in_the_requested_order_of_the_key(tied, order, found):
    ordered = tied.order_by(*order)
    assert [each.number for each in ordered] == found
    assert [each.number for each in ordered.reverse()] == found[::-1]
    assert [each.number for each in ordered[1:4]] == found[1:4]


def test_nulls_come_first_by_key_and_last_in_reverse(everywhere):
    batch_put(*(Kept(key=key, seven=seven) for key, seven in (("a", 2), ("b", None), ("c", 1), ("d", 2))))
    found = Kept.objects.filter(pk__in=["a", "b", "c", "d"]).order_by("seven", "key")
    assert [each.key for each in found] == ["b", "c", "a", "d"]
    assert [each.key for each in found.reverse()] == ["d", "a", "c", "b"]


def test_a_page_that_was_emptied_meanwhile_loses_no_neighbour(everywhere):
    write(*[event(number) for number in range(5)])
    listing = Event.objects.filter(person="ann").order_by("at")
    first = listing.page(3)
    Event.objects.filter(pk__in=["0003", "0004"]).delete()
    second = listing.page(3, after=first.next)
    assert second.items == []
    assert ids(listing.page(3, before=second.previous).items) == ["0000", "0001", "0002"]


def test_a_page_is_not_ordered_by_key_among_equals(tied):
    with pytest.raises(NotSupportedError, match="Event: a page is ordered by at alone; drop the key"):
        tied.order_by("at", "-id").page(2)
