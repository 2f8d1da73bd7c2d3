"""Errors name the field and the reason, and repeat no value."""

from decimal import Decimal

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import DatabaseError, IntegrityError, models
from django.db.models import F, Q
from django.db.utils import DataError, NotSupportedError

from otp.dynamo.client import call
from otp.dynamo.expressions import Add, Append, Expression
from otp.dynamo.indexes import Index
from otp.dynamo.models import Model
from otp.dynamo.operations import Check, Put, Update, batch_get, batch_put, transact
from otp.dynamo.testing import clear_tables, make_tables

from .declared import declared, text
from .events import DAY, at, event, ids, write
from .models import Event, Kept, Note, Session


def test_impossible_keys_find_nothing(everywhere):
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


def test_an_empty_text_in_a_field_of_an_index_is_refused(everywhere):
    with pytest.raises(DataError, match=r"Session\.agent: empty, but an index finds items by it"):
        Session.objects.create(subject="ann", sid="s1", made_at=at(0), agent="")


def test_an_impossible_index_key_finds_nothing_without_a_request(tied, requests_log):
    requests_log.clear()
    for nowhere in (
        *(Q(person=""), Q(person="x" * 3000), Q(person__in=["", "é" * 1025])),
        *(Q(person="ann", id=""), Q(person="ann", id__lt=""), Q(person="ann", id__lte="")),
    ):
        assert list(Event.objects.filter(nowhere)) == []
        assert Event.objects.filter(nowhere).count() == 0
    assert requests_log.operations == []
    for everywhere_ in (Q(id__gt=""), Q(id__gte=""), Q(id__range=("", "z"))):
        assert Event.objects.filter(everywhere_, person="ann").count() == 6
    with pytest.raises(NotSupportedError, match=r"Event\.id: a value that orders an index has 1024 bytes at most"):
        list(Event.objects.filter(person="ann", id__gt="x" * 1025))


def test_writes_by_a_key_that_cannot_be_change_nothing(everywhere, requests_log):
    for key in ("", "x" * 3000):
        assert Event.objects.filter(pk=key).update(size=1) == 0
        assert Event.objects.filter(pk=key).delete()[0] == 0
    assert Session.objects.filter(pk="nokey").filter(pk="").update(uses=1) == 0
    assert requests_log.operations == []


@pytest.mark.parametrize("key", ["", "x" * 3000, "\ud800", None])
def test_an_item_without_a_possible_key_is_refused_by_name(tables, key):
    for write_it in (
        lambda: Note.objects.create(slug=key),
        lambda: Note(slug=key).save(True),
        lambda: Update(Note, key, {"revision": 1}).run(),
        lambda: batch_put(Note(slug=key)),
    ):
        with pytest.raises(DataError, match="Note: not a primary key: empty, too long, or not of its type"):
            write_it()


def test_save_takes_what_django_takes_by_position(everywhere):
    Note(slug="a").save(True)
    with pytest.raises(IntegrityError, match="Note: an item with this key exists"):
        Note(slug="a").save(True)
    with pytest.raises(DatabaseError):
        Note(slug="b", created_at=DAY).save(False, True)


def test_a_text_that_utf_8_does_not_have_is_refused(everywhere):
    for ask in (
        lambda: Note.objects.create(slug="a", text="\ud800"),
        lambda: list(Event.objects.filter(person="ann", kind="\ud800")),
        lambda: list(Event.objects.filter(person="\ud800")),
    ):
        with pytest.raises(DataError, match="no lone surrogates"):
            ask()
    assert not Note.objects.filter(pk="\ud800").exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"number": Add("7")}, "Event.number: only a number that it can store exactly"),
        ({"number": Add(None)}, "Event.number: only a number that it can store exactly"),
        ({"number": Add(Decimal("0.5"))}, "Event.number: only a number that it can store exactly"),
        ({"number": F("number") + True}, "Event.number: only a number that it can store exactly"),
        ({"size": F("size") + Decimal("0.001")}, "Event.size: only a number that it can store exactly"),
        ({"at": F("at") + 1}, "Event.at: only a number that it can store exactly"),
        ({"room": Add(1)}, "Event.room: only a number that it can store exactly"),
        ({"number": Append([1])}, "Event.number: only a list can be appended to"),
        ({"size": F("size") * 2}, "Event.size: use Add, Append or IfMissing"),
        ({}, "Event: an update has to change something"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_by_name(tables, change, reason):
    with pytest.raises(NotSupportedError, match=reason):
        Update(Event, "0001", change).run()


def test_more_than_a_request_takes_is_refused_by_number(tables):
    with pytest.raises(NotSupportedError, match="at most 100 writes in a transaction, not 101"):
        transact(*(Put(Note(slug=str(number))) for number in range(101)))
    with pytest.raises(NotSupportedError, match="at most 100 keys in a batch, not 101"):
        batch_get(*((Note, str(number)) for number in range(101)))


def test_fields_that_are_not_there_are_named(tied):
    for ask in (
        lambda: list(tied.only("nothing")),
        lambda: list(tied.defer("nothing")),
        lambda: tied.update(nothing=1),
        lambda: Update(Event, "0001", {"nothing": 1}).run(),
    ):
        with pytest.raises(FieldDoesNotExist, match="nothing"):
            ask()


def test_a_column_of_any_name_is_read_and_written(everywhere, odd):
    odd.objects.create(key="a", size=1, text="x")
    assert odd.objects.filter(key="a", size__lt=2).update(size=F("size") + 1) == 1
    assert [each.size for each in odd.objects.filter(text="x", size__gte=2).order_by("size")] == [2]
    assert list(odd.objects.filter(pk="a").values_list("size", flat=True)) == [2]


@pytest.fixture
def odd(everywhere, forgotten):
    """A model with columns of umlauts, dashes and reserved words, and its table."""
    columns = {
        "key": models.CharField(primary_key=True, max_length=20, db_column="schlüssel"),
        "size": models.IntegerField(db_column="größe-1"),
        "text": text(db_column="select"),
    }
    model = declared(columns, [Index(fields=["text", "size"], name="by_text")], table="odd")
    make_tables(model)
    yield model
    clear_tables(model)


def test_a_model_without_a_key_of_its_own_cannot_be_stored(tables, forgotten):
    keyless = type(
        "Keyless", (Model,), {"__module__": __name__, "Meta": type("Meta", (Model.Meta,), {"app_label": "declared"})}
    )
    with pytest.raises(DataError, match="Keyless: not a primary key"):
        keyless.objects.create()


def test_a_database_default_is_refused_as_a_value(tables, forgotten):
    model = declared({"size": models.IntegerField(db_default=1)})
    with pytest.raises(NotSupportedError, match=r"\.size: DynamoDB can't compute DatabaseDefault"):
        model.objects.create(key="a")


def test_a_message_names_the_table_and_the_reason_without_the_value(everywhere):
    Session.objects.create(subject="ann", sid="s1", made_at=at(0))
    with pytest.raises(DatabaseError, match=r"^DynamoDB update_item notes: ValidationException: "):
        Update(Note, "nobody", {"lines": Append(["secret"])}).run()
    with pytest.raises(IntegrityError, match=r"^DynamoDB transact_write_items sessions notes: "):
        transact(Check(Session, "ann s1", Q(uses=5)), Put(Note(slug="a")))


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
