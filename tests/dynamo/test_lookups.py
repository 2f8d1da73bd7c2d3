"""A lookup matches the same items by key, by index and in a condition."""

from decimal import Decimal

import pytest
from django.db.models import F, Q, Value
from django.db.utils import NotSupportedError

from .models import Event, Kept


@pytest.mark.parametrize(
    "condition",
    [Q(seven__contains=1), Q(seven__startswith=1), Q(made_at__contains="2"), Q(data__contains="a"), Q(names__lt=["a"])],
)
def test_a_lookup_off_its_type_is_refused(everywhere, condition):
    with pytest.raises(NotSupportedError, match=r"Kept\.\w+"):
        list(Kept.objects.filter(condition, pk="a"))


def test_the_empty_text_is_in_every_text(kept):
    kept(name="x")
    for lookup in ("contains", "startswith"):
        assert Kept.objects.filter(**{f"name__{lookup}": ""}, pk="a").update(seven=1) == 1
        assert Kept.objects.filter(**{f"name__{lookup}": ""}, pk="a").exists()


def test_an_inverted_range_matches_nothing(tied):
    assert list(tied.filter(size__range=(5, 1))) == []
    assert tied.filter(Q(size__range=(5, 1)) | Q(number=3)).count() == 1


def test_conditions_that_never_or_always_hold_are_left_out(tied):
    assert [each.number for each in tied.filter(Q(kind__in=[]) | Q(number=3))] == [3]
    assert tied.filter(~Q(kind__in=[])).count() == 6
    assert tied.filter(Q(kind__in=[]) | Q(kind__in=[])).count() == 0
    assert tied.exclude(Q(kind__in=[]) & Q(number=3)).count() == 6


def test_elements_are_compared_as_dynamodb_compares_them(everywhere):
    Kept.objects.create(key="a", names=[1, Decimal("1.50"), "x", True])
    found = Kept.objects.filter(pk="a")
    for element, there in ((1, True), (Decimal("1.0"), True), (Decimal("1.5"), True), (False, False), (0, False)):
        assert found.filter(names__contains=element).exists() is there
    same, other = [Decimal("1.0"), Decimal("1.5"), "x", True], [True, Decimal("1.5"), "x", True]
    assert found.filter(names=same).exists()
    assert found.filter(names=same).update(seven=1) == 1
    assert not found.filter(names=other).exists()


def test_a_list_or_a_range_may_name_other_fields(tied):
    Event.objects.filter(pk="0003").update(size=3)
    for some in (tied, Event.objects.filter(pk__in=[f"{n:04}" for n in range(6)])):
        assert [each.number for each in some.filter(number__in=[F("size"), 5]).order_by("at", "id")] == [0, 3, 5]
        assert [each.number for each in some.filter(size__range=(F("number"), 3)).order_by("at", "id")] == [0, 3]
        assert [each.number for each in some.filter(size=Value(3))] == [3]
    with pytest.raises(NotSupportedError, match="no index serves"):
        list(tied.filter(kind__in=[F("id"), "sent"]).order_by("id"))
    with pytest.raises(NotSupportedError, match=r"in takes no F\(\) of a field that may be null"):
        list(tied.exclude(kind__in=[F("room"), "sent"]))
    for itself in (Q(size__in=[F("size"), 1]), Q(size__range=(0, F("size")))):
        with pytest.raises(NotSupportedError, match="DynamoDB compares no field with itself"):
            list(tied.filter(itself))
