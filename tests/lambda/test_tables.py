"""`dynamo_sync` while DynamoDB doesn't show a new table yet, fills indexes, and allows only one new index at a time."""

from io import StringIO

import boto3
import pytest
from django.core.management import CommandError, call_command

from otp.dynamo import schema, tables
from tests.support.clients import forget_dynamodb_client


@pytest.fixture
def faults(aws, settings, monkeypatch):
    """The faults of the stricter AWS, which the project's client uses, with the table names of a new stage."""
    settings.DYNAMO_TABLE_PREFIX = "new_"
    monkeypatch.setattr(tables, "POLL", 0)
    forget_dynamodb_client()
    yield aws.faults
    for name in boto3.client("dynamodb").list_tables()["TableNames"]:
        if name.startswith("new_"):
            boto3.client("dynamodb").delete_table(TableName=name)
    forget_dynamodb_client()


def sync(*options):
    out = StringIO()
    call_command("dynamo_sync", *options, stdout=out)
    return out.getvalue()


def test_a_table_that_describe_table_does_not_find_yet(faults):
    faults.refuse("DescribeTable", "ResourceNotFoundException", times=2, after="CreateTable")
    sync()
    assert faults.met == ["DescribeTable"] * 2
    assert "differs" not in sync("--check")


@pytest.mark.parametrize("operation", ["CreateTable", "UpdateTimeToLive"])
def test_a_change_whose_answer_is_lost(faults, operation):
    faults.lose(operation)
    sync()
    assert faults.met == [operation]
    assert "differs" not in sync("--check")


def without_an_index():
    """Create the tables, but that of codes without one of its indexes, as before a release that adds it."""
    from otp.models import Code

    sync()
    table = schema.definition(Code)
    boto3.client("dynamodb").delete_table(TableName=table["TableName"])
    *kept, added = table.pop("GlobalSecondaryIndexes")
    used = {key["AttributeName"] for each in (table, *kept) for key in each["KeySchema"]}
    attributes = [each for each in table["AttributeDefinitions"] if each["AttributeName"] in used]
    indexes = {"GlobalSecondaryIndexes": kept} if kept else {}
    boto3.client("dynamodb").create_table(**table | {"AttributeDefinitions": attributes} | indexes)
    return added["IndexName"]


def test_an_index_is_waited_for_until_it_is_filled(faults):
    name = without_an_index()
    faults.fill_indexes(polls=3, after="UpdateTable")
    assert f"made index {name}" in sync()
    assert faults.met.count("DescribeTable") == 3


def test_an_index_whose_creation_got_a_late_response(faults):
    name = without_an_index()
    faults.lose("UpdateTable")
    faults.refuse("UpdateTable", "ResourceInUseException", after="UpdateTable")
    assert f"made index {name}" in sync()
    assert faults.met == ["UpdateTable"] * 2


def test_an_index_that_is_being_filled_is_not_ready(faults):
    """After a run that was ended, the next one must not deploy code that queries the index."""
    sync()
    faults.fill_indexes(polls=50)
    with pytest.raises(CommandError, match="Tables differ"):
        sync("--check")
    faults.clear()
    faults.fill_indexes(polls=3)
    assert "which is still being made" in sync()
    assert "differs" not in sync("--check")
