"""What differs from Django on SQL when declaring, writing and managing: see test_differences.py."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.db.models.signals import pre_delete
from django.db.utils import DataError, NotSupportedError

from otp.dynamo.checks import check_model
from otp.dynamo.client import OutcomeUnknown
from otp.dynamo.operations import get
from tests.support.faults import faulty, lost

from .commands import REFUSAL, run
from .declared import declared, text
from .differences import row
from .events import DAY, at, event, write
from .models import Event, Kept, Note, Session


@row("`save()` inserts a new instance or updates one that was read, and never does the other")
def test_save_inserts_or_updates(everywhere):
    Note.objects.create(slug="a")
    with pytest.raises(IntegrityError):
        Note(slug="a").save()
    found = get(Note, "a")
    Note.objects.filter(pk="a").delete()
    with pytest.raises(DatabaseError):
        found.save()
    assert get(Note, "a") is None


@row("`save()` of an instance that was read writes the fields that changed")
def test_save_writes_changes(everywhere):
    Note.objects.create(slug="a", text="old")
    found = get(Note, "a")
    Note.objects.filter(pk="a").update(revision=5)
    found.text = "new"
    found.save()
    assert (get(Note, "a").text, get(Note, "a").revision) == ("new", 5)


@row("`update()` and `delete()` write each item by itself, if it still meets the filter")
def test_one_write_an_item(everywhere, requests_log):
    write(event(1), event(2))
    requests_log.clear()
    assert Event.objects.filter(person="ann").update(size=1) == 2
    assert requests_log.operations == ["Query", "UpdateItem", "UpdateItem"]
    assert "#person = " in requests_log.requests[1][1]["ConditionExpression"]


@row("`delete()` of a queryset sends no signals and follows no relations")
def test_no_signals(everywhere):
    heard = []

    def hear(**kwargs):
        heard.append(kwargs["instance"].pk)

    write(event(1))
    pre_delete.connect(hear, sender=Event)
    try:
        assert Event.objects.filter(pk="0001").delete()[0] == 1
    finally:
        pre_delete.disconnect(hear, sender=Event)
    assert heard == []


@row("`atomic()` undoes nothing; `operations.transact()` is all or nothing")
def test_atomic(everywhere):
    with pytest.raises(KeyError), transaction.atomic():  # noqa: PT012
        Note.objects.create(slug="a")
        raise KeyError
    assert get(Note, "a") is not None


@row("`bulk_create()` is all or nothing for each hundred")
def test_bulk_create(everywhere):
    Note.objects.create(slug="100")
    with pytest.raises(IntegrityError):
        Note.objects.bulk_create([Note(slug=f"{number:03}") for number in range(101)])
    assert (get(Note, "000") is not None, get(Note, "100").text) == (True, None)


@row("`get_or_create()` needs the primary key")
def test_get_or_create(tables):
    with pytest.raises(NotSupportedError, match="needs the primary key"):
        Note.objects.get_or_create(text="a")


@row("a write whose response is lost raises `OutcomeUnknown`, unless it can be repeated")
def test_lost_answer(everywhere):
    with faulty("PutItem", lost), pytest.raises(OutcomeUnknown):
        Note.objects.create(slug="a")


@row('`F("n") + 1` on a nullable field raises')
def test_adding_to_null(tables):
    with pytest.raises(NotSupportedError, match="may be null, to which SQL adds nothing"):
        Kept.objects.filter(pk="a").update(seven=F("seven") + 1)


@row("a naive datetime raises `ValueError`")
def test_naive(tables):
    naive = DAY.replace(tzinfo=None)
    for ask in (lambda: Event.objects.filter(at__gt=naive), lambda: Event.objects.create(id="a", kind="b", at=naive)):
        with pytest.raises(ValueError, match="naive datetime"):
            ask()


@row("an empty text in a field that an index uses raises `DataError`")
def test_empty_text(tables):
    with pytest.raises(DataError, match=r"Event\.kind|Session\.agent"):
        Session.objects.create(subject="ann", sid="s1", made_at=at(0), agent="")


@row("an empty set is the same as none: `isnull` finds it")
def test_empty_set(everywhere):
    Note.objects.create(slug="a", tags=set())
    assert get(Note, "a").tags == set()
    assert Note.objects.filter(pk="a", tags__isnull=True).exists()


@row("a number has up to 38 digits; floats aren't stored")
def test_numbers(tables):
    with pytest.raises(DataError, match="38 digits"):
        Event.objects.create(id="a", kind="b", at=DAY, number=int("1" * 39))
    with pytest.raises(NotSupportedError, match="store float"):
        Note.objects.create(slug="a", lines=[1.5])


@row("unique fields, constraints, `on_delete`, automatic keys and the like are refused by system checks")
def test_checks(forgotten):
    assert [error.id for error in check_model(declared({"name": text(unique=True)}))] == ["dynamo.E004"]


@row("there are no migrations: `dynamo_sync` makes tables, and `migrate`, `makemigrations` and `flush` refuse")
def test_migrations(installed, settings):
    settings.SILENCED_SYSTEM_CHECKS = ["models.E030"]
    for command in (("migrate",), ("makemigrations", "--check"), ("flush", "--noinput")):
        assert run(*command) == (f"NoSQLDatabase: {REFUSAL}\n", 1)


@row("`dumpdata` needs `--pks`")
def test_dumpdata(tables, installed, settings):
    settings.SILENCED_SYSTEM_CHECKS = ["models.E030"]
    assert "no index serves" in run("dumpdata", "dynamo_tests.Note")[0]
    assert run("dumpdata", "dynamo_tests.Note", "--pks", "a")[1] == 0
