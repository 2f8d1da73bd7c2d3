"""Help for the tests of an application: empty tables, and counted requests with their capacity."""

import unittest

import pytest
from django.db.models import F
from django.db.utils import ProgrammingError

from otp.dynamo.client import call, request_made
from otp.dynamo.expressions import Add
from otp.dynamo.operations import Update, batch_get, batch_put, get, transact
from otp.dynamo.testing import DynamoTestCase, clear_tables, counted_requests, make_tables

from .events import DAY
from .models import Note, Session


def result_of(test):
    """Run a test case's methods; their result."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(test).run(result)
    return result


def test_each_test_begins_with_empty_tables(tables, django_db_blocker):
    class Notes(DynamoTestCase):
        tables = (Note,)

        def test_one(self):
            assert not Note.objects.filter(pk="a").exists()
            Note.objects.create(slug="a")

        test_two = test_one

    batch_put(Note(slug="a", created_at=DAY))
    with django_db_blocker.unblock():
        result = result_of(Notes)
    assert (result.testsRun, result.failures, result.errors) == (2, [], [])


def test_requests_are_counted(tables, django_db_blocker):
    class Requests(DynamoTestCase):
        tables = (Note,)

        def test_as_many(self):
            with self.assertRequests(2) as seen:
                Note.objects.create(slug="a")
                Note.objects.get(pk="a")
            assert seen == ["put_item", "get_item"]

        def test_too_few(self):
            with self.assertRequests(2):
                Note.objects.filter(pk="a").exists()

        def test_none(self):
            with self.assertRequests(1):
                pass

    with django_db_blocker.unblock():
        result = result_of(Requests)
    assert result.errors == []
    messages = sorted(text.strip().splitlines()[-1] for _, text in result.failures)
    assert [message.partition(": ")[2] for message in messages] == [
        *("0 requests instead of 1: none", "1 requests instead of 2: get_item"),
    ]


def test_an_error_inside_the_block_is_not_reported_as_a_wrong_count(tables):
    class Fails(DynamoTestCase):
        tables = (Note,)

        def test_it(self):
            with self.assertRequests(5):
                raise KeyError("its own")

    with counted_requests():
        assert "its own" in result_of(Fails).errors[0][1]


def test_all_items_of_a_table_are_cleared(everywhere):
    batch_put(*(Note(slug=f"{n}", created_at=DAY) for n in range(30)))
    batch_put(*(Session(subject="ann", sid=f"{n}", made_at=DAY) for n in range(3)))
    clear_tables(Note, Session)
    assert batch_get(*((Note, f"{n}") for n in range(30))) == [None] * 30
    assert not Session.objects.filter(subject="ann").exists()


@pytest.mark.parametrize("touch", [make_tables, clear_tables])
def test_a_dynamodb_on_another_machine_is_refused(monkeypatch, new_client, touch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "https://dynamodb.eu-central-1.amazonaws.com")
    with pytest.raises(RuntimeError, match=r"not on dynamodb\.eu-central-1"):
        touch(Note)


@pytest.fixture
def heard():
    """Each request that the signal told of, as (operation, capacity)."""
    found = []

    def hear(operation, request, capacity, **kwargs):
        found.append((operation, capacity))

    request_made.connect(hear, weak=False)
    yield found
    request_made.disconnect(hear)


def test_the_signal_is_sent_for_each_request_with_its_capacity(everywhere, heard):
    Note.objects.create(slug="a")
    get(Note, "a")
    Update(Note, "a", {"revision": Add(1)}).run()
    Note.objects.filter(pk="a").update(revision=F("revision") + 1)
    list(Session.objects.filter(subject="ann"))
    batch_get((Note, "a"), (Session, "ann s1"))
    transact(Update(Note, "a", {"revision": Add(1)}))
    assert [operation for operation, _ in heard] == [
        *("put_item", "get_item", "update_item", "update_item", "query", "batch_get_item", "transact_write_items"),
    ]
    units = dict(heard)
    assert units["get_item"]["TableName"] == "notes"
    assert units["get_item"]["CapacityUnits"] > 0
    assert {each["TableName"] for each in units["batch_get_item"]} == {"notes", "sessions"}


def test_without_receivers_no_capacity_is_requested(tables, requests_log):
    get(Note, "a")
    assert "ReturnConsumedCapacity" not in requests_log.requests[0][1]


def test_the_signal_is_sent_for_a_failed_request_too(tables, heard):
    with pytest.raises(ProgrammingError, match="ResourceNotFound"):
        call("get_item", TableName="nowhere", Key={"a": {"S": "a"}})
    assert heard == [("get_item", None)]
