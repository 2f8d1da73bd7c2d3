"""What once was answered wrongly, kind by kind: the right answer, or a refusal that names what it is about."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, IntegrityError, models, transaction
from django.db.models import F, Max, Min, Q, Value
from django.db.models.functions import Lower
from django.db.utils import DataError, NotSupportedError
from django.forms import modelform_factory

from otp.dynamo.client import call
from otp.dynamo.expressions import Expression
from otp.dynamo.fields import EpochField, PartitionField, SetField
from otp.dynamo.operations import Put, batch_put, get, transact
from otp.dynamo.values import dump, dump_value, load, operand

from .events import DAY, at, event, ids, write
from .models import Event, Kept, Note, Session


@pytest.fixture
def kept(everywhere):
    """Writes a Kept and reads it again."""

    def write_and_read(**values):
        Put(Kept(**{"key": "a", **values})).run()
        return get(Kept, "a")

    return write_and_read


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
def test_what_is_no_list_is_refused_as_one(tables, value):
    for name in ("names", "tags"):
        with pytest.raises(TypeError, match=rf"Kept\.{name}: a (list|set), not"):
            Kept.objects.create(key="a", **{name: value})


def test_json_is_what_its_encoder_writes(kept):
    found = kept(data={"at": DAY, "n": 1.5, 2: (1, 2)})
    assert found.data == json.loads(json.dumps({"at": DAY, "n": 1.5, 2: (1, 2)}, cls=DjangoJSONEncoder))
    with pytest.raises(ValueError, match="JSON"):
        kept(data=float("nan"))


# -- instances and expressions -----------------------------------------------------------------------------------------


def test_instances_and_expressions_are_never_stored_as_their_text(everywhere):
    Kept.objects.create(key="a", name=Value("x"))
    assert get(Kept, "a").name == "x"
    for change in (Lower("name"), F("key"), Lower(Value("X"))):
        with pytest.raises(NotSupportedError):
            Kept.objects.filter(pk="a").update(name=change)
        with pytest.raises(NotSupportedError):
            Kept.objects.create(key="b", name=change)
    with pytest.raises(TypeError, match="an instance is no value"):
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
def test_what_is_no_number_to_dynamodb_is_refused(number):
    with pytest.raises(DataError, match="38 digits"):
        dump_value(number)


def test_years_below_1000_sort_and_come_back(kept):
    early = datetime(33, 4, 3, tzinfo=UTC)
    assert kept(seen_at=early).seen_at == early
    assert dump_value(early)["S"] < dump_value(DAY)["S"]


def test_an_epoch_is_compared_with_what_it_is_asked_for(kept):
    field = EpochField()
    half = datetime.fromtimestamp(10, UTC) + timedelta(seconds=0.5)
    assert (operand(field, half), dump(field, half)) == ({"N": "10.5"}, {"N": "10"})
    kept(lapses_at=datetime.fromtimestamp(10, UTC))
    assert Kept.objects.filter(pk="a", lapses_at__lt=half).exists()
    assert not Kept.objects.filter(pk="a", lapses_at__gte=half).exists()
    assert Kept.objects.filter(pk="a", lapses_at__lt=half).update(name="x") == 1


def test_adding_to_nothing_is_refused_since_sql_adds_nothing(everywhere):
    Kept.objects.create(key="a", seven=None)
    with pytest.raises(NotSupportedError, match="may be null, to which SQL adds nothing: use Add"):
        Kept.objects.filter(pk="a").update(seven=F("seven") + 1)


# -- order -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def tied(everywhere):
    """Six of Ann's events, two an hour."""
    write(*[event(number, at=at(number // 2)) for number in (3, 1, 0, 2, 5, 4)])
    return Event.objects.filter(person="ann")


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (("at", "id"), [0, 1, 2, 3, 4, 5]),
        (("at", "-id"), [1, 0, 3, 2, 5, 4]),
        (("-at", "id"), [4, 5, 2, 3, 0, 1]),
        (("-at", "-pk"), [5, 4, 3, 2, 1, 0]),
    ],
)
def test_ties_come_in_the_order_of_the_key_as_asked(tied, order, found):
    ordered = tied.order_by(*order)
    assert [each.number for each in ordered] == found
    assert [each.number for each in ordered.reverse()] == found[::-1]
    assert [each.number for each in ordered[1:4]] == found[1:4]


def test_by_key_what_is_null_comes_first_and_reverse_is_the_reverse(everywhere):
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


# -- lookups -----------------------------------------------------------------------------------------------------------


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


def test_a_range_the_wrong_way_round_holds_nothing(tied):
    assert list(tied.filter(size__range=(5, 1))) == []
    assert tied.filter(Q(size__range=(5, 1)) | Q(number=3)).count() == 1


def test_what_never_or_always_holds_is_left_out_of_an_expression(tied):
    assert [each.number for each in tied.filter(Q(kind__in=[]) | Q(number=3))] == [3]
    assert tied.filter(~Q(kind__in=[])).count() == 6
    assert tied.filter(Q(kind__in=[]) | Q(kind__in=[])).count() == 0
    assert tied.exclude(Q(kind__in=[]) & Q(number=3)).count() == 6


def test_keys_that_cannot_be_are_not_there(everywhere):
    write(event(1))
    assert ids(Event.objects.filter(pk__in=[None, "0001", "", "x" * 3000])) == ["0001"]
    for key in ("", "x" * 3000, "é" * 1025):
        with pytest.raises(Event.DoesNotExist):
            Event.objects.get(pk=key)


def test_more_values_than_dynamodb_compares_with_are_refused(tables):
    with pytest.raises(NotSupportedError, match="size is compared with 100 values at most"):
        list(Event.objects.filter(person="ann", size__in=range(101)))


def test_names_that_no_expression_takes_are_given_one_that_it_does():
    assert Expression(Kept).name("größe") == "#_6772c3b6c39f65"
    assert Expression(Kept).name("a-b") == "#_612d62"


def test_an_empty_text_that_an_index_finds_by_is_refused_by_name(everywhere):
    with pytest.raises(DataError, match=r"Session\.agent: empty, but an index finds items by it"):
        Session.objects.create(subject="ann", sid="s1", made_at=at(0), agent="")


def test_a_refusal_repeats_no_value(everywhere):
    Session.objects.create(subject="ann", sid="s1", made_at=at(0))
    for write_it in (
        lambda: Session.objects.filter(pk="ann s1").update(agent=""),
        lambda: call("update_item", TableName="sessions", Key={"secret": {"S": "secret"}}),
        lambda: call("put_item", TableName="sessions", Item={"subject": {"N": "secret"}, "sid": {"S": "s"}}),
    ):
        with pytest.raises(DatabaseError) as refusal:
            write_it()
        assert "secret" not in str(refusal.value)


# -- small ones --------------------------------------------------------------------------------------------------------


def test_small_ones(tied):
    with pytest.raises(ValueError, match="positive"):
        Event.objects.bulk_create([event(9)], batch_size=-1)
    with pytest.raises(ValueError, match="page of 0"):
        tied.order_by("at").page(0)
    nobody = Event.objects.filter(person="eve")
    assert nobody.aggregate(first=Min("at", default=DAY)) == {"first": DAY}
    assert nobody.aggregate(Max("number", default=3)) == {"number__max": 3}
    assert tied.dates("at", "day") == [DAY.date()]
    assert tied.defer("number").only("number").order_by("at")[0].get_deferred_fields() == set()
    assert tied.update() == 0


def test_what_is_deleted_has_no_key_any_more(tied):
    gone = tied.order_by("at")[0]
    gone.delete()
    assert gone.pk is None
    session = Session.objects.create(subject="ann", sid="s1", made_at=at(0))
    session.delete()
    assert (session.pk, session.subject) == (None, None)


def test_an_inner_block_that_fails_drops_no_callback_of_the_outer():
    ran = []
    with transaction.atomic():
        transaction.on_commit(lambda: ran.append("outer"))
        with pytest.raises(ValueError, match="no"), transaction.atomic():  # noqa: PT012
            transaction.on_commit(lambda: ran.append("inner"))
            raise ValueError("no")
    assert ran == ["outer"]


def test_load_gives_a_nullable_field_none_and_any_other_its_default():
    assert load(models.IntegerField(null=True, default=7), None) is None
    assert load(models.IntegerField(default=7), None) == 7
    assert load(SetField(default=lambda: {"x"}), None) == set()
