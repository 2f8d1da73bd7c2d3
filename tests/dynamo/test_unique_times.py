"""`UniqueTimeField`: times that are equal in no two items."""

from datetime import timedelta

import pytest
from django.db.models import Max, Min
from django.db.utils import IntegrityError, NotSupportedError

from otp.dynamo.expressions import IfMissing
from otp.dynamo.fields import UniqueTimeField
from otp.dynamo.operations import Update, batch_put, get, get_item, to_item
from otp.dynamo.values import attribute_type

from .declared import declared
from .events import DAY, ids
from .models import Line

FIELD = Line._meta.get_field("at")


def test_the_time_is_stored_with_the_key_behind_it_and_read_without():
    assert to_item(Line(id="a", at=DAY))["at"] == {"S": "2026-03-01T00:00:00.000000Z#a"}
    assert FIELD.to_python("2026-03-01T00:00:00.000000Z#a") == DAY
    assert attribute_type(FIELD) == "S"


def test_an_instance_keeps_the_plain_time_and_may_have_none():
    line = Line(id="a", at=DAY)
    to_item(line)
    assert line.at == DAY
    assert "at" not in to_item(Line(id="a"))


def test_one_that_is_not_nullable_is_never_none(forgotten):
    always = declared({"at": UniqueTimeField()})
    with pytest.raises(IntegrityError, match=r"\.at: may not be None"):
        to_item(always(key="a"))
    with pytest.raises(IntegrityError, match=r"\.at: may not be None"):
        Update(always, "a", {"at": None}).parameters()


def test_an_update_writes_the_key_behind_the_time_too(everywhere):
    Update(Line, "a", {"at": DAY}).run()
    Update(Line, "b", {"at": IfMissing(DAY)}).run()
    Update(Line, "b", {"at": IfMissing(DAY + timedelta(days=1))}).run()
    assert [get_item(Line, pk)["at"]["S"][-2:] for pk in "ab"] == ["#a", "#b"]
    assert get(Line, "b").at == DAY
    Update(Line, "a", {"at": None}).run()
    assert get(Line, "a").at is None


def test_gte_includes_its_time_and_lt_excludes_it(everywhere):
    batch_put(*(Line(id=str(n), at=DAY + timedelta(microseconds=n)) for n in range(4)))
    first, last = DAY + timedelta(microseconds=1), DAY + timedelta(microseconds=3)
    assert ids(Line.objects.filter(at__gte=first, at__lt=last).order_by("at")) == ["1", "2"]
    assert Line.objects.filter(at__gte=first, at__lt=last).count() == 2


@pytest.mark.parametrize("lookup", ["exact", "gt", "lte", "range", "in"])
def test_other_comparisons_are_refused_since_they_would_be_wrong(lookup):
    value = [DAY, DAY] if lookup in ("range", "in") else DAY
    with pytest.raises(NotSupportedError, match=r"Line.at: no \w+"):
        Line.objects.filter(**{f"at__{lookup}": value})


def test_items_with_equal_times_have_the_same_order_in_both_directions(everywhere):
    batch_put(*(Line(id=str(n), at=DAY) for n in "35142"))
    assert ids(Line.objects.filter(at__isnull=False).order_by("at")) == list("12345")
    assert ids(Line.objects.filter(at__isnull=False).order_by("-at")) == list("54321")
    first = Line.objects.filter(at__isnull=False).order_by("-at").page(2)
    second = Line.objects.filter(at__isnull=False).order_by("-at").page(2, after=first.next)
    again = Line.objects.filter(at__isnull=False).order_by("-at").page(2, before=second.previous)
    assert [ids(page.items) for page in (first, second, again)] == [["5", "4"], ["3", "2"], ["5", "4"]]


def test_the_first_and_the_last_are_plain_times(everywhere):
    batch_put(Line(id="a", at=DAY), Line(id="b", at=DAY + timedelta(hours=1)))
    assert Line.objects.aggregate(first=Min("at"), last=Max("at")) == {"first": DAY, "last": DAY + timedelta(hours=1)}


def test_an_item_without_a_time_is_not_listed(everywhere):
    batch_put(Line(id="a", at=DAY), Line(id="b"))
    assert ids(Line.objects.filter(at__isnull=False).order_by("at")) == ["a"]


def test_it_can_be_taken_apart_and_put_together():
    _, _, args, kwargs = FIELD.deconstruct()
    assert UniqueTimeField(*args, **kwargs).deconstruct()[3] == kwargs
