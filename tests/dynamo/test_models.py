"""Creating, saving, updating and deleting: each is a conditional write of its own."""

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError
from django.db.models import F, Q
from django.db.models.signals import post_delete, pre_delete
from django.db.utils import NotSupportedError

from otp.dynamo.expressions import Append

from .events import DAY, at, event, ids, write
from .models import Event, Note


def write_request(log):
    ((_, request),) = log.requests
    return request


# -- one item ----------------------------------------------------------------------------------------------------------


def test_create_never_overwrites(everywhere):
    Note.objects.create(slug="a", text="first")
    with pytest.raises(IntegrityError):
        Note.objects.create(slug="a", text="second")
    assert Note.objects.get(pk="a").text == "first"


@time_machine.travel(DAY, tick=False)
def test_create_is_one_put_on_condition(tables, requests_log):
    Note.objects.create(slug="a", lines=["x"])
    assert write_request(requests_log) == {
        "TableName": "notes",
        "Item": {
            "slug": {"S": "a"},
            "revision": {"N": "0"},
            "lines": {"L": [{"S": "x"}]},
            "created_at": {"S": "2026-03-01T00:00:00.000000Z"},
        },
        "ConditionExpression": "attribute_not_exists(#slug)",
        "ExpressionAttributeNames": {"#slug": "slug"},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def test_saving_a_new_instance_inserts_it_and_never_overwrites(tables):
    Note(slug="a", text="first").save()
    with pytest.raises(IntegrityError):
        Note(slug="a", text="second").save()


def test_saving_an_instance_that_was_read_updates_it_and_never_recreates_it(tables, requests_log):
    note = Note.objects.create(slug="a")
    requests_log.clear()
    note.text = "new"
    note.save()
    assert requests_log.operations == ["UpdateItem"]
    assert write_request(requests_log)["ConditionExpression"] == "attribute_exists(#slug)"
    Note.objects.get(pk="a").delete()
    with pytest.raises(DatabaseError):
        note.save()
    assert not Note.objects.filter(pk="a").exists()


def test_save_of_some_fields_writes_those(tables, requests_log):
    note = Note.objects.create(slug="a")
    note.text, note.revision = "new", 7
    requests_log.clear()
    note.save(update_fields=["text"])
    assert write_request(requests_log)["UpdateExpression"] == "SET #text = :0"


def test_refresh_reads_what_others_wrote(tables):
    note = Note.objects.create(slug="a", text="first")
    Note.objects.filter(pk="a").update(text="second", revision=2)
    note.refresh_from_db(fields=["text"])
    assert (note.text, note.revision) == ("second", 0)
    note.refresh_from_db()
    assert note.revision == 2


def test_delete_says_whether_there_was_one_and_sends_signals(tables):
    note = Note.objects.create(slug="a")
    heard = []

    def hear(sender, instance, signal, **kwargs):
        heard.append((signal, instance.pk))

    for signal in (pre_delete, post_delete):
        signal.connect(hear, sender=Note)
    try:
        assert note.delete() == (1, {"dynamo_tests.Note": 1})
        assert Note(slug="a").delete() == (0, {})
    finally:
        for signal in (pre_delete, post_delete):
            signal.disconnect(hear, sender=Note)
    with pytest.raises(ValueError, match="Note: no key to delete by"):
        note.delete()
    assert heard == [(pre_delete, "a"), (post_delete, "a")] * 2


def test_get_or_create_needs_the_key(tables):
    assert Note.objects.get_or_create(slug="a", defaults={"text": "x"})[1] is True
    note, created = Note.objects.get_or_create(pk="a", defaults={"text": "y"})
    assert (note.text, created) == ("x", False)
    with pytest.raises(NotSupportedError, match=r"get_or_create\(\) needs the primary key"):
        Note.objects.get_or_create(text="x")


# -- queries that write ------------------------------------------------------------------------------------------------


def test_an_update_by_key_is_a_compare_and_swap(everywhere, requests_log):
    Note.objects.create(slug="a")
    requests_log.clear()
    assert Note.objects.filter(pk="a", revision=0).update(revision=1) == 1
    assert Note.objects.filter(pk="a", revision=0).update(revision=1) == 0
    assert Note.objects.filter(pk="nobody").update(revision=1) == 0
    assert requests_log.operations == ["UpdateItem"] * 3
    assert requests_log.requests[0][1]["ConditionExpression"] == "attribute_exists(#slug) AND #revision = :1"
    assert Note.objects.filter(pk="a").exclude(revision=1).update(text="no") == 0


def test_an_update_adds_appends_and_removes(tables):
    Note.objects.create(slug="a", text="x", lines=["1"])
    Note.objects.filter(pk="a").update(revision=F("revision") + 2, lines=Append(["2"]), text=None)
    note = Note.objects.get(pk="a")
    assert (note.revision, note.lines, note.text) == (2, ["1", "2"], None)


def test_an_update_through_an_index_checks_the_filter_for_each_item(tables, requests_log):
    write(event(1), event(2), event(3, kind="failed"))
    sent = Event.objects.filter(person="ann", kind="sent")
    requests_log.clear()
    assert sent.update(size=5) == 2
    assert requests_log.operations == ["Query", "UpdateItem", "UpdateItem"]
    condition = requests_log.requests[1][1]["ConditionExpression"]
    assert condition == "attribute_exists(#id) AND #kind = :1 AND #person = :2"


def test_a_delete_by_key_checks_its_filter(tables, requests_log):
    Note.objects.create(slug="a", revision=3)
    requests_log.clear()
    assert Note.objects.filter(pk="a", revision=2).delete() == (0, {})
    assert Note.objects.filter(pk__in=["a", "b"]).delete() == (1, {"dynamo_tests.Note": 1})
    assert requests_log.operations == ["DeleteItem"] * 3


def test_a_delete_through_an_index_deletes_what_it_finds(tables):
    write(event(1), event(2), event(3, person="bob"))
    assert Event.objects.filter(person="ann").delete()[0] == 2
    assert ids(Event.objects.order_by("at")) == ["0003"]


def test_a_slice_cannot_be_updated_or_deleted(tables):
    for write_to in (lambda some: some.update(size=1), lambda some: some.delete()):
        with pytest.raises(TypeError):
            write_to(Event.objects.order_by("at")[:2])


def test_bulk_create_is_all_or_none_and_never_overwrites(everywhere):
    assert ids(Event.objects.bulk_create([event(1), event(2)])) == ["0001", "0002"]
    with pytest.raises(IntegrityError):
        Event.objects.bulk_create([event(3), event(2, kind="other")])
    assert Event.objects.count() == 2
    assert Event.objects.get(pk="0002").kind == "sent"
    with pytest.raises(NotSupportedError, match="ignore_conflicts"):
        Event.objects.bulk_create([event(4)], ignore_conflicts=True)


# -- partitions --------------------------------------------------------------------------------------------------------


def test_a_partition_is_written_with_the_item_and_kept_while_it_fits(tables):
    one = Event.objects.create(id="1", kind="sent", at=at(1))
    first = one.of_kind
    assert first in ("sent#0", "sent#1")
    assert one.all in ("0", "1", "2")
    for _ in range(8):
        one.save()
        assert one.of_kind == first
    one.kind = "failed"
    one.save()
    assert Event.objects.get(pk="1").of_kind in ("failed#0", "failed#1")


def test_shards_are_all_used(tables):
    write(*[event(number) for number in range(60)])
    assert {each.all for each in Event.objects.filter(person="ann")} == {"0", "1", "2"}


def test_an_item_that_is_null_in_the_first_field_is_not_in_the_index(tables):
    write(event(1, person=None), event(2))
    assert ids(Event.objects.filter(person="ann")) == ["0002"]
    assert ids(Event.objects.filter(Q(person=None)).order_by("at")) == ["0001"]
