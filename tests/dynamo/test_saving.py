"""`save()` writes what changed since the instance was read, and nothing else."""

import copy
import pickle
from decimal import Decimal

import pytest
from django.db import DatabaseError
from django.db.models import F
from django.db.utils import NotSupportedError, OperationalError

from otp.dynamo.expressions import Add, Append
from otp.dynamo.operations import Put, batch_put, get, get_item, transact
from tests.support.faults import faulty, lost
from tests.support.network import unheard

from .events import DAY, at, event
from .models import Event, Kept, Line, Note, Session


@pytest.fixture
def note(everywhere):
    """A note as it was read, while somebody else has changed its revision and its lines."""
    Note.objects.create(slug="a", text="old", lines=["x"], tags={"t", "u"})
    found = Note.objects.get(pk="a")
    Note.objects.filter(pk="a").update(revision=5, lines=["theirs"])
    return found


def updates(log):
    return [request["UpdateExpression"] for operation, request in log.requests if operation == "UpdateItem"]


def test_saving_keeps_what_others_changed(note, requests_log):
    note.text = "new"
    requests_log.clear()
    note.save()
    assert updates(requests_log) == ["SET #text = :0"]
    found = get(Note, "a")
    assert (found.text, found.revision, found.lines) == ("new", 5, ["theirs"])


def test_a_list_that_was_changed_in_place_has_changed(note, requests_log):
    note.lines.append("mine")
    requests_log.clear()
    note.save()
    assert (updates(requests_log), get(Note, "a").lines) == (["SET #lines = :0"], ["x", "mine"])


def test_each_save_writes_the_changes_since_the_last_one(note, requests_log):
    note.text = None
    note.save()
    note.text = "old"
    requests_log.clear()
    note.save()
    assert (updates(requests_log), get(Note, "a").text) == (["SET #text = :0"], "old")


def test_if_nothing_changed_it_only_asks_whether_the_item_is_there(note, requests_log):
    requests_log.clear()
    note.save()
    assert requests_log.operations == ["GetItem"]
    Note.objects.filter(pk="a").delete()
    with pytest.raises(DatabaseError):
        note.save()


def test_fields_that_are_named_are_written_changed_or_not(note, requests_log):
    requests_log.clear()
    note.save(update_fields=["revision", "text"])
    assert updates(requests_log) == ["SET #text = :0, #revision = :1"]
    assert (get(Note, "a").revision, get(Note, "a").lines) == (0, ["theirs"])


def test_a_new_instance_knows_what_it_inserted(everywhere, installed, requests_log):
    note = Note.objects.create(slug="a", text="x")
    note.revision = 1
    for instance in (note, pickle.loads(pickle.dumps(note)), copy.deepcopy(note), copy.copy(note)):
        requests_log.clear()
        instance.save()
        assert updates(requests_log) == ["SET #revision = :0"]


def test_a_deferred_field_is_written_if_it_was_set_and_not_if_it_was_only_read(note, requests_log):
    partial = Note.objects.only("text").get(pk="a")
    partial.revision = None or 0
    requests_log.clear()
    partial.save()
    assert updates(requests_log) == ["SET #revision = :0"]
    assert partial.lines == ["theirs"]
    requests_log.clear()
    partial.save()
    assert updates(requests_log) == []


def test_a_deferred_field_can_be_removed(note):
    partial = Note.objects.only("revision").get(pk="a")
    partial.text = None
    partial.save()
    assert "text" not in get_item(Note, "a")


def test_after_a_refresh_only_later_changes_are_saved(note, requests_log):
    note.refresh_from_db(fields=["revision"])
    assert note.revision == 5
    note.revision = 0
    note.save()
    assert get(Note, "a").revision == 0
    note.refresh_from_db()
    requests_log.clear()
    note.save()
    assert updates(requests_log) == []


def test_after_a_put_only_later_changes_are_saved(note):
    for put in (lambda: Put(note).run(), lambda: transact(Put(note)), lambda: batch_put(note)):
        note.text = "put"
        put()
        note.text = "old"
        note.save()
        assert get(Note, "a").text == "old"


@pytest.mark.parametrize("fault", [lost, unheard], ids=["carried out", "not carried out"])
def test_after_a_lost_answer_the_changes_are_written_again(note, fault):
    note.text = "new"
    with faulty("UpdateItem", fault, fault), pytest.raises(OperationalError):
        note.save()
    note.text = "old"
    note.save()
    assert get(Note, "a").text == "old"


def test_after_a_put_whose_answer_was_lost_all_is_written(note):
    note.text = "put"
    with faulty("PutItem", lost, lost), pytest.raises(OperationalError):
        Put(note).run()
    note.text = "old"
    note.save()
    assert get(Note, "a").text == "old"


def test_an_instance_with_another_key_is_written_whole(note):
    Note.objects.create(slug="b", text="other", revision=9)
    note.slug = "b"
    note.save()
    assert (get(Note, "b").text, get(Note, "b").revision) == ("old", 0)


def test_numbers_that_dynamodb_writes_otherwise_are_no_change(everywhere, requests_log):
    Kept.objects.create(
        key="a", price=Decimal("9.50"), data={"n": [1.50, {"m": 2}]}, names=[Decimal("1.0")], seen_at=DAY
    )
    kept = Kept.objects.get(pk="a")
    requests_log.clear()
    kept.save()
    assert updates(requests_log) == []
    kept.data["n"][0] = True  # which is 1 to Python
    kept.names = [True]
    kept.save()
    assert updates(requests_log) == ["SET #names = :0, #data = :1"]
    assert (get(Kept, "a").data["n"][0], get(Kept, "a").names) == (True, [True])


def test_a_value_that_dynamodb_computes_is_written_by_each_save(everywhere):
    note = Note.objects.create(slug="a")
    note.revision = F("revision") + 1
    note.save()
    note.revision, note.lines = Add(2), Append(["x"])
    note.save()
    assert (get(Note, "a").revision, get(Note, "a").lines) == (3, ["x"])


def test_keys_of_two_fields_and_unique_times_are_no_change(everywhere, requests_log):
    session = Session.objects.create(subject="ann", sid="s1", made_at=at(0))
    line = Line.objects.create(id="a", at=DAY)
    for instance in (session, Session.objects.get(pk="ann s1"), line, Line.objects.get(pk="a")):
        requests_log.clear()
        instance.save()
        assert updates(requests_log) == []
    line.refresh_from_db()
    line.text = "x"
    requests_log.clear()
    line.save()
    assert updates(requests_log) == ["SET #text = :0"]


def test_a_partition_is_written_with_all_that_it_is_made_of(everywhere, requests_log):
    made = Event.objects.create(id="1", kind="sent", at=at(1))
    made.kind = "failed"
    requests_log.clear()
    made.save()
    assert updates(requests_log) == ["SET #kind = :0, #of_kind = :1"]
    partial = Event.objects.only("kind").get(pk="1")
    partial.kind = "lost"
    partial.save()
    assert [each.kind for each in Event.objects.filter(kind="lost")] == ["lost"]


def test_an_unchanged_partition_keeps_its_shard(everywhere, requests_log):
    batch_put(event(1))
    found = Event.objects.get(pk="0001")
    found.number = 7
    requests_log.clear()
    found.save()
    assert updates(requests_log) == ["SET #number = :0"]


def test_a_change_that_is_no_value_cannot_be_inserted(tables):
    with pytest.raises(NotSupportedError, match=r"Note\.revision: Add changes a stored value"):
        Note.objects.create(slug="a", revision=Add(1))
