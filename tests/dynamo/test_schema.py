"""`manage.py dynamo_sync` creates what is missing, reports what differs, and destroys nothing."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.db.utils import NotSupportedError

from otp.dynamo import schema, tables
from otp.dynamo.client import call, client
from otp.dynamo.indexes import indexes
from otp.dynamo.management.commands.dynamo_sync import Command
from tests.support.clients import forget_dynamodb_client

from .models import Event, Note

DESCRIPTIONS = {"DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups"}


@pytest.fixture
def fresh(settings, monkeypatch):
    """The test models alone, under table names that nothing has yet."""
    settings.DYNAMO_TABLE_PREFIX = "sync_"
    monkeypatch.setattr(tables, "POLL", 0.01)
    monkeypatch.setattr(Command, "models", lambda self: [Note, Event])
    yield
    for name in client().list_tables()["TableNames"]:
        if name.startswith("sync_"):
            client().update_table(TableName=name, DeletionProtectionEnabled=False)
            client().delete_table(TableName=name)


@pytest.fixture(params=["moto", pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local)])
def store(request):
    request.getfixturevalue("embedded_aws" if request.param == "moto" else "dynamodb_local")


def sync(*options, **more):
    """What it prints, and whether it ended well."""
    out = StringIO()
    try:
        call_command("dynamo_sync", *options, stdout=out, **more)
    except CommandError as error:
        return out.getvalue().splitlines(), str(error)
    return out.getvalue().splitlines(), None


def test_tables_are_created_once_and_then_only_described(store, fresh, requests_log):
    assert sync() == (["sync_notes: made table, TTL on lapses_at", "sync_events: made table"], None)
    requests_log.clear()
    assert sync() == (["sync_notes: as declared", "sync_events: as declared"], None)
    assert set(requests_log.operations) <= DESCRIPTIONS
    assert sync("--check")[1] is None


def test_check_changes_nothing_and_fails_if_something_differs(embedded_aws, fresh, requests_log):
    lines, error = sync("--check")
    assert lines == ["sync_notes: differs: table", "sync_events: differs: table"]
    assert error == "Tables differ from what the models declare."
    assert set(requests_log.operations) <= DESCRIPTIONS


def test_a_missing_index_and_ttl_are_added(store, fresh):
    definition = schema.definition(Event)
    *made, _, _ = definition["GlobalSecondaryIndexes"]
    used = {"id", *(key["AttributeName"] for index in made for key in index["KeySchema"])}
    definition["AttributeDefinitions"] = [
        each for each in definition["AttributeDefinitions"] if each["AttributeName"] in used
    ]
    call("create_table", **definition | {"GlobalSecondaryIndexes": made})
    call("create_table", **schema.definition(Note))
    lines = ["sync_notes: made TTL on lapses_at", "sync_events: made index by_id, index by_room"]
    assert sync() == (lines, None)
    assert sync("--check")[1] is None


def test_differences_that_cannot_be_mended_safely_are_reported(embedded_aws, fresh):
    text = {"AttributeName": "text", "AttributeType": "S"}
    by_text = {
        "IndexName": "by_text",
        "KeySchema": [{"AttributeName": "text", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    wrong_key = [{"AttributeName": "text", "KeyType": "HASH"}]
    definition = schema.definition(Note)
    call("create_table", **definition | {"AttributeDefinitions": [text], "KeySchema": wrong_key})
    surplus = schema.definition(Event)
    of_kind = {"AttributeName": "of_kind", "AttributeType": "S"}
    surplus["AttributeDefinitions"].remove(of_kind)
    surplus["AttributeDefinitions"].append(text)
    surplus["GlobalSecondaryIndexes"][0]["Projection"] = {"ProjectionType": "KEYS_ONLY"}
    surplus["GlobalSecondaryIndexes"][1]["KeySchema"] = [{"AttributeName": "text", "KeyType": "HASH"}]
    surplus["GlobalSecondaryIndexes"].append(by_text)
    call("create_table", **surplus)
    ttl = {"AttributeName": "number", "Enabled": True}
    call("update_time_to_live", TableName="sync_events", TimeToLiveSpecification=ttl)
    lines, error = sync()
    assert lines == [
        "sync_notes: made TTL on lapses_at; differs: key [('text', 'S')] instead of [('slug', 'S')]",
        "sync_events: differs: index by_time: projection KEYS_ONLY instead of ALL, "
        "index by_kind: key [('text', 'S')] instead of [('of_kind', 'S'), ('at', 'S')], "
        "index by_text that isn't declared, TTL on number instead of None",
    ]
    assert error == "The differences were left as they are: removing them would destroy data."


def test_outside_local_mode_tables_are_protected(embedded_aws, fresh, settings):
    sync()
    settings.DYNAMO_PROTECTED = True
    lines, _ = sync()
    assert lines[0] == "sync_notes: made deletion protection, point-in-time recovery"
    assert sync("--check") == (["sync_notes: as declared", "sync_events: as declared"], None)


def test_a_protected_table_is_protected_from_its_first_moment(settings):
    settings.DYNAMO_PROTECTED = True
    assert schema.definition(Note) == {
        "TableName": "notes",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "slug", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "slug", "KeyType": "HASH"}],
        "DeletionProtectionEnabled": True,
    }


def test_nothing_is_printed_with_verbosity_0(embedded_aws, fresh):
    assert sync(verbosity=0) == ([], None)


def test_every_installed_model_has_its_table(installed):
    names = [model._meta.db_table for model in Command().models()]
    assert {"notes", "events", "otp_users"} <= set(names)
    assert len(names) == len(set(names))


def test_the_command_reports_an_unreachable_aws_in_one_line(monkeypatch, fresh):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    forget_dynamodb_client()
    try:
        assert sync() == ([], "DynamoDB describe_table sync_notes: EndpointConnectionError")
    finally:
        monkeypatch.undo()
        forget_dynamodb_client()


@pytest.mark.parametrize("fields", [["-at"], ["kind", "-at"], ["kind", "at", "number"]])
def test_an_index_that_dynamodb_cannot_have_is_refused(monkeypatch, fields):
    monkeypatch.setattr(Event._meta, "indexes", [models.Index(fields=fields, name="odd")])
    with pytest.raises(NotSupportedError, match="Event: index odd needs"):
        indexes(Event)
