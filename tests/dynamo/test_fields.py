"""Each field's values as DynamoDB stores them, and read again."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import models
from django.db.utils import NotSupportedError

from otp.dynamo.fields import EpochField, PartitionField
from otp.dynamo.operations import Put, get
from otp.dynamo.values import attribute_type, dump, dump_value, load, load_value

from .events import DAY
from .models import Event, Note


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        ("é", {"S": "é"}),
        ("", {"S": ""}),
        (True, {"BOOL": True}),
        (0, {"N": "0"}),
        (Decimal("1.50"), {"N": "1.50"}),
        (b"\x00", {"B": b"\x00"}),
        (["a", 1, [None]], {"L": [{"S": "a"}, {"N": "1"}, {"L": [{"NULL": True}]}]}),
        ({"a": {"b": 1}}, {"M": {"a": {"M": {"b": {"N": "1"}}}}}),
        ({"b", "a"}, {"SS": ["a", "b"]}),
        ({2, 1}, {"NS": ["1", "2"]}),
    ],
)
def test_a_value_comes_back_as_it_went(value, attribute):
    assert dump_value(value) == attribute
    assert load_value(attribute) == value


@pytest.mark.parametrize(("value", "text"), [(date(2026, 3, 1), "2026-03-01"), (UUID(int=7), str(UUID(int=7)))])
def test_dates_and_uuids_are_strings(value, text):
    assert dump_value(value) == {"S": text}


def test_times_are_strings_in_the_order_of_time():
    east = timezone(timedelta(hours=5))
    times = [DAY, DAY.astimezone(east) + timedelta(microseconds=1), DAY + timedelta(seconds=1)]
    texts = [dump_value(time)["S"] for time in times]
    assert texts == sorted(texts)
    assert {len(text) for text in texts} == {27}


@pytest.mark.parametrize("value", [1.5, object(), {1, "a"}, set(), {1.5}])
def test_the_error_names_the_type_that_cannot_be_stored(value):
    with pytest.raises(NotSupportedError):
        dump_value(value)


@pytest.mark.parametrize("field", ["at", "lapses_at"])
def test_a_naive_datetime_is_refused(field):
    of = (Event if field == "at" else Note)._meta.get_field(field)
    with pytest.raises(ValueError, match="give it a time zone"):
        dump(of, datetime(2026, 3, 1))  # noqa: DTZ001


def test_an_epoch_is_whole_seconds_and_an_aware_datetime():
    field = Note._meta.get_field("lapses_at")
    assert dump(field, DAY + timedelta(microseconds=999)) == {"N": "1772323200"}
    assert load(field, {"N": "1772323200"}) == DAY
    assert load(field, {"N": "1772323200"}).tzinfo is UTC


def test_a_missing_attribute_is_read_as_the_default():
    assert load(Note._meta.get_field("revision"), None) == 0
    assert load(Note._meta.get_field("text"), None) is None
    assert load(Note._meta.get_field("lines"), None) == []


def test_a_whole_instance_comes_back_as_it_went(everywhere):
    note = Note(slug="a", text="", revision=-1, lines=["x", 2], tags={"a", "b"}, created_at=DAY, lapses_at=DAY)
    Put(note).run()
    again = get(Note, "a")
    assert {**vars(again), "_state": None} == {**vars(note), "_state": None, "created_at": again.created_at}


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (models.CharField(), "S"),
        (models.DateTimeField(), "S"),
        (models.UUIDField(), "S"),
        (EpochField(), "N"),
        (models.BigIntegerField(), "N"),
        (models.DecimalField(), "N"),
        (models.BinaryField(), "B"),
        (PartitionField(), "S"),
    ],
)
def test_a_key_has_the_type_that_its_values_have(field, kind):
    assert attribute_type(field) == kind


def test_a_type_without_an_order_cannot_be_a_key():
    with pytest.raises(NotSupportedError, match="orders only"):
        attribute_type(models.BooleanField())


def test_fields_can_be_taken_apart_and_put_together():
    for field in (EpochField(ttl=True), PartitionField("kind", shards=4)):
        _, _, args, kwargs = field.deconstruct()
        again = type(field)(*args, **kwargs)
        assert again.deconstruct() == field.deconstruct()


def test_a_partition_of_several_parts_confuses_no_two_of_them():
    field = PartitionField("kind", "person")
    field.model = Event
    values = [field.values({"kind": kind, "person": person}) for kind, person in (("a#", "b"), ("a", "#b"), ("a", "b"))]
    assert values == [["a%23#b#0"], ["a#%23b#0"], ["a#b#0"]]
    assert field.values({"kind": "a", "person": None}) == []


def test_shards_may_be_a_callable():
    assert PartitionField(shards=lambda: 2).values({}) == ["0", "1"]
