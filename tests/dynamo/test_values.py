"""Values are read as they were written, or are refused."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models
from django.db.models import F, Value
from django.db.models.functions import Lower
from django.db.utils import DataError, NotSupportedError
from django.forms import modelform_factory

from otp.dynamo.fields import EpochField, PartitionField, SetField
from otp.dynamo.operations import Put, get, transact
from otp.dynamo.values import dump, dump_value, load, operand

from .events import DAY
from .models import Kept, Note

# -- None, empty sets, defaults ----------------------------------------------------------------------------------------


def test_none_comes_back_as_none_though_there_is_a_default(kept):
    assert kept(seven=None).seven is None
    assert kept().seven == 7
    assert list(Kept.objects.filter(pk="a", seven__isnull=True)) == []


def test_an_empty_set_comes_back_empty_though_there_is_a_default(kept):
    assert kept(tags=set()).tags == set()
    assert kept().tags == {"new"}


def test_none_in_a_field_that_may_not_be_null_is_refused_as_in_sql(everywhere):
    with pytest.raises(IntegrityError, match=r"Kept\.name: may not be None"):
        Kept.objects.create(key="a", name=None)
    Kept.objects.create(key="a")
    with pytest.raises(IntegrityError, match=r"Kept\.name: may not be None"):
        Kept.objects.filter(pk="a").update(name=None)
    with pytest.raises(IntegrityError):
        transact(Put(Kept(key="b", tags=None)))


# -- lists, sets and JSON ----------------------------------------------------------------------------------------------


def test_a_form_shows_lists_and_sets_as_json_and_takes_them_back(kept):
    found = kept(names=["a", "b"], tags={"y", "x"})
    form_class = modelform_factory(Kept, fields=["names", "tags"])
    form = form_class(instance=found)
    shown = {name: form[name].value() for name in ("names", "tags")}
    assert shown == {"names": '["a", "b"]', "tags": '["x", "y"]'}
    form = form_class(shown | {f"initial-{name}": text for name, text in shown.items()}, instance=found)
    assert form.is_valid()
    assert not form.has_changed()
    assert (form.save().names, get(Kept, "a").tags) == (["a", "b"], {"x", "y"})
    assert not form_class({"names": "a, b", "tags": "[]"}, instance=found).is_valid()


@pytest.mark.parametrize("kind", ["json", "xml", "python"])
def test_a_fixture_brings_everything_back_as_it_was(kept, kind, installed):
    values = {"names": ["a", 1, {"b": [True, None]}], "tags": {"x"}, "price": Decimal("9.50"), "made_at": DAY}
    Kept.objects.create(key="a", **values)
    Kept.objects.filter(pk="a").update(made_at=DAY)
    text = serializers.serialize(kind, [get(Kept, "a")])
    Kept.objects.filter(pk="a").delete()
    for loaded in serializers.deserialize(kind, text):
        loaded.save()
    found = get(Kept, "a")
    assert {name: getattr(found, name) for name in values} == values  # `made_at` too, though it is auto_now_add


@pytest.mark.parametrize("value", ["ab", b"ab", {"a": 1}])
def test_a_value_that_is_not_a_list_is_refused(tables, value):
    for name in ("names", "tags"):
        with pytest.raises(TypeError, match=rf"Kept\.{name}: a (list|set), not"):
            Kept.objects.create(key="a", **{name: value})


def test_json_is_what_its_encoder_writes(kept):
    found = kept(data={"at": DAY, "n": 1.5, 2: (1, 2)})
    assert found.data == json.loads(json.dumps({"at": DAY, "n": 1.5, 2: (1, 2)}, cls=DjangoJSONEncoder))
    with pytest.raises(ValueError, match="JSON"):
        kept(data=float("nan"))


# -- instances and expressions -----------------------------------------------------------------------------------------


def test_instances_and_expressions_are_never_stored_as_text(everywhere):
    Kept.objects.create(key="a", name=Value("x"))
    assert get(Kept, "a").name == "x"
    for change in (Lower("name"), F("key"), Lower(Value("X"))):
        with pytest.raises(NotSupportedError):
            Kept.objects.filter(pk="a").update(name=change)
        with pytest.raises(NotSupportedError):
            Kept.objects.create(key="b", name=change)
    with pytest.raises(TypeError, match="expected a value, not an instance"):
        Kept.objects.filter(pk="a").update(name=Note(slug="n"))


# -- numbers and times -------------------------------------------------------------------------------------------------


def test_equal_decimals_are_one_text_in_a_partition_and_come_back_with_their_places(kept):
    field = PartitionField("price")
    field.model = Kept
    assert field.values({"price": Decimal("9.5")}) == field.values({"price": Decimal("9.500")}) == ["9.50#0"]
    assert str(kept(price=Decimal("9.5")).price) == "9.50"
    assert str(kept(price=Decimal("9.5049")).price) == "9.50"
    with pytest.raises(DataError, match=r"Kept\.price: more than 6 digits"):
        kept(price=Decimal(12345678))


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e126"), int("1" * 39)])
def test_a_number_that_dynamodb_cannot_hold_is_refused(number):
    with pytest.raises(DataError, match="38 digits"):
        dump_value(number)


def test_years_below_1000_sort_and_come_back(kept):
    early = datetime(33, 4, 3, tzinfo=UTC)
    assert kept(seen_at=early).seen_at == early
    assert dump_value(early)["S"] < dump_value(DAY)["S"]


def test_an_epoch_is_compared_with_the_value_of_the_filter(kept):
    field = EpochField()
    half = datetime.fromtimestamp(10, UTC) + timedelta(seconds=0.5)
    assert (operand(field, half), dump(field, half)) == ({"N": "10.5"}, {"N": "10"})
    kept(lapses_at=datetime.fromtimestamp(10, UTC))
    assert Kept.objects.filter(pk="a", lapses_at__lt=half).exists()
    assert not Kept.objects.filter(pk="a", lapses_at__gte=half).exists()
    assert Kept.objects.filter(pk="a", lapses_at__lt=half).update(name="x") == 1


def test_adding_to_a_nullable_field_is_refused_unlike_in_sql(everywhere):
    Kept.objects.create(key="a", seven=None)
    with pytest.raises(NotSupportedError, match="may be null, to which SQL adds nothing: use Add"):
        Kept.objects.filter(pk="a").update(seven=F("seven") + 1)


def test_load_gives_a_nullable_field_none_and_any_other_its_default():
    assert load(models.IntegerField(null=True, default=7), None) is None
    assert load(models.IntegerField(default=7), None) == 7
    assert load(SetField(default=lambda: {"x"}), None) == set()
