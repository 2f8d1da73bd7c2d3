"""The table of a live site gets a new field and an index of it: field, backfill, index, wait, query."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.db.utils import DatabaseError

from otp.dynamo import backfill, schema, tables
from otp.dynamo.client import call, table
from otp.dynamo.management.commands.dynamo_sync import Command
from otp.dynamo.operations import Update, to_item

from .models import Event

START = datetime(2033, 5, 18, tzinfo=UTC)
COUNT = backfill.PAGE + 5  # more than one page
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("storage", "installed")]


@pytest.fixture
def before(settings, monkeypatch):
    """A table with items as an older release made them: without the field `of_kind`, and without its index."""
    settings.DYNAMO_TABLE_PREFIX = "old_"
    monkeypatch.setattr(tables, "POLL", 0.01)
    monkeypatch.setattr(Command, "models", lambda self: [Event])
    wanted = schema.definition(Event)
    kept = [each for each in wanted["GlobalSecondaryIndexes"] if each["IndexName"] != "by_kind"]
    attributes = [each for each in wanted["AttributeDefinitions"] if each["AttributeName"] != "of_kind"]
    call("create_table", **wanted | {"GlobalSecondaryIndexes": kept, "AttributeDefinitions": attributes})
    for number in range(COUNT):
        put_old(number)
    yield
    call("delete_table", TableName=table(Event))


def event(number):
    return Event(id=f"{number:05}", kind="a" if number % 2 else "b", at=START + timedelta(seconds=number))


def put_old(number):
    item = to_item(event(number))
    del item["of_kind"]
    call("put_item", TableName=table(Event), Item=item)
    return item


def run(*command):
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue().strip()


def listed(kind):
    return [each.id for each in Event.objects.filter(kind=kind).order_by("at")]


def test_a_new_field_is_filled_and_then_indexed(before):
    Event.objects.create(id="new", kind="a", at=START + timedelta(days=1))  # by the release that has the field
    assert run("dynamo_backfill", "dynamo_tests.Event") == f"old_events: {COUNT + 1} items, {COUNT} of them filled"
    assert run("dynamo_backfill", "dynamo_tests.Event") == f"old_events: {COUNT + 1} items, 0 of them filled"
    with pytest.raises(DatabaseError):
        listed("a")  # so the code that queries is deployed after the index
    assert run("dynamo_sync") == "old_events: made index by_kind"
    assert listed("a") == [f"{number:05}" for number in range(1, COUNT, 2)] + ["new"]
    assert listed("b") == [f"{number:05}" for number in range(0, COUNT, 2)]


def test_without_the_backfill_the_index_would_lack_what_is_old(before):
    run("dynamo_sync")
    assert listed("a") == []


def test_what_is_written_meanwhile_is_kept(before):
    item = put_old(1)
    Update(Event, "00001", {"kind": "b"}, when=Q(pk__isnull=False)).run()
    assert backfill.fill(Event, item)
    assert Event.objects.get(pk="00001").of_kind.startswith("b#")


def test_what_is_deleted_meanwhile_stays_deleted(before):
    item = put_old(1)
    Event.objects.filter(pk="00001").delete()
    assert not backfill.fill(Event, item)
    assert not Event.objects.filter(pk="00001").exists()


@pytest.mark.parametrize("name", ["nothing", "otp.Nothing", "sites.Site"])
def test_what_is_no_model_of_the_layer_is_refused(name):
    with pytest.raises(CommandError):
        run("dynamo_backfill", name)


def test_an_index_that_is_no_longer_declared_holds_no_deployment_up(before, monkeypatch):
    run("dynamo_sync")
    declared = [each for each in Event._meta.indexes if each.name != "by_kind"]
    monkeypatch.setattr(Event._meta, "indexes", declared)
    assert run("dynamo_sync") == "old_events: differs: index by_kind that isn't declared"
    with pytest.raises(CommandError, match="Tables differ"):
        run("dynamo_sync", "--check")
