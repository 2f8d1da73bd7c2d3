"""DynamoDB's own operations: transactions, checks and batches."""

import pytest
from django.db.models import Q
from django.db.utils import OperationalError

from otp.dynamo import batches
from otp.dynamo.client import ConditionFailed, TransactionRefused, call
from otp.dynamo.expressions import Add
from otp.dynamo.operations import Check, Delete, Put, Update, batch_get, batch_put, from_item, get, transact

from .events import DAY, event
from .models import Event, Note


def note(slug="a", **values):
    return Note(**{"slug": slug, "created_at": DAY} | values)


@pytest.fixture
def waits(monkeypatch):
    """The waits between attempts, which nobody waits for."""
    waited = []
    monkeypatch.setattr(batches.time, "sleep", waited.append)
    return waited


def test_a_transaction_is_all_or_nothing_and_its_error_has_the_old_items(everywhere):
    batch_put(note("a"), note("b", revision=5))
    with pytest.raises(TransactionRefused) as refusal:
        transact(Put(note("new")), Update(Note, "b", {"revision": Add(1)}, when=Q(revision__lt=5)), Delete(Note, "a"))
    assert list(refusal.value.failed) == [1]
    assert from_item(Note, refusal.value.failed[1]).revision == 5
    assert batch_get((Note, "new"), (Note, "a"))[0] is None
    assert get(Note, "a") is not None


def test_a_transaction_fails_if_its_check_does(everywhere):
    transact(Put(note("a")), Check(Note, "gone", Q(pk__isnull=True)))
    with pytest.raises(TransactionRefused) as refusal:
        transact(Put(note("b")), Check(Note, "a", Q(pk__isnull=True)))
    assert list(refusal.value.failed) == [1]
    assert get(Note, "b") is None


def test_the_error_of_a_refused_write_has_the_old_item(everywhere):
    Put(note(text="old")).run()
    with pytest.raises(ConditionFailed) as refusal:
        Update(Note, "a", {"text": "new"}, when=Q(text="other")).run()
    assert from_item(Note, refusal.value.old).text == "old"
    with pytest.raises(ConditionFailed) as refusal:
        Update(Note, "nobody", {"text": "new"}, when=Q(pk__isnull=False)).run()
    assert refusal.value.old is None


def test_one_batch_reads_several_tables_in_the_order_of_the_arguments(tables, requests_log):
    batch_put(note("a"), event(1))
    requests_log.clear()
    found = batch_get((Note, "nobody"), (Event, "0001"), (Note, "a"), (Event, "0001"))
    assert [each and each.pk for each in found] == [None, "0001", "a", "0001"]
    assert requests_log.operations == ["BatchGetItem"]


def test_batch_put_writes_25_items_a_request_and_overwrites(tables, requests_log):
    batch_put(*[note(f"{number:02}") for number in range(60)])
    assert requests_log.operations == ["BatchWriteItem"] * 3
    batch_put(note("00", text="new"))
    assert get(Note, "00").text == "new"


def test_what_a_batch_left_unprocessed_is_requested_again(tables, monkeypatch, waits):
    put_off = [2, 1, 0]

    def slow_call(operation, RequestItems):  # noqa: N803
        ((table, requests),) = RequestItems.items()
        left = put_off.pop(0)
        now, later = requests[: len(requests) - left], requests[len(requests) - left :]
        call(operation, RequestItems={table: now})
        return {"UnprocessedItems": {table: later} if later else {}}

    monkeypatch.setattr(batches, "call", slow_call)
    batch_put(note("a"), note("b"), note("c"))
    monkeypatch.undo()
    assert all(batch_get((Note, "a"), (Note, "b"), (Note, "c")))
    assert (put_off, len(waits)) == ([], 2)


def test_a_batch_that_stays_unprocessed_is_given_up(monkeypatch, waits):
    calls = []

    def busy(operation, RequestItems):  # noqa: N803
        calls.append(operation)
        return {"Responses": {}, "UnprocessedKeys": RequestItems, "UnprocessedItems": RequestItems}

    monkeypatch.setattr(batches, "call", busy)
    with pytest.raises(OperationalError, match="batch_get_item: throttled"):
        batch_get((Note, "a"))
    with pytest.raises(OperationalError, match="batch_write_item: throttled"):
        batch_put(note("a"))
    assert len(calls) == 2 * batches.ATTEMPTS
    assert sum(waits) < 3


def test_an_attribute_that_no_field_declares_is_ignored(tables):
    call("put_item", TableName="notes", Item={"slug": {"S": "a"}, "surplus": {"S": "x"}})
    assert get(Note, "a").text is None
