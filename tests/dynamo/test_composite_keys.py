"""Keys of two fields: their text, and reading and writing by them."""

import pickle

import pytest
from django.core import serializers
from django.db import DatabaseError, IntegrityError
from django.db.models import F, Q
from django.db.utils import DataError, NotSupportedError

from otp.dynamo.client import ConditionFailed, TransactionRefused
from otp.dynamo.expressions import Add
from otp.dynamo.keys import CompositeKeyField
from otp.dynamo.operations import Check, Delete, Put, Update, batch_get, get, transact

from .events import at
from .models import Note, Reading, Session
from .sessions import keys, session

# -- the text ----------------------------------------------------------------------------------------------------------


def test_the_key_is_both_halves_with_a_space_between():
    made = session()
    assert (made.pk, made.key, Session(key="ann s1").subject, Session(pk=("ann", "s1")).sid) == (
        *("ann s1", "ann s1"),
        *("ann", "s1"),
    )
    made.sid = "s2"
    assert made.pk == "ann s2"


def test_a_new_instance_without_a_half_has_no_key(tables):
    assert Session(subject="ann").pk is None
    with pytest.raises(DataError, match="Session: not a primary key"):
        Session(subject="ann", made_at=at(0)).save()


def test_the_first_half_may_hold_a_space_and_the_second_not(everywhere):
    Put(session("ann b", "s1")).run()
    assert get(Session, "ann b s1").subject == "ann b"
    with pytest.raises(ValueError, match="sid must not contain ' '"):
        Put(session("ann", "b s1")).run()


def test_halves_of_other_types_come_back_as_they_went(everywhere):
    Reading.objects.create(sensor=7, at=at(1), value=3)
    Reading.objects.create(sensor=7, at=at(0))
    newest, oldest = Reading.objects.filter(sensor=7).order_by("-at")
    assert (newest.sensor, newest.at, newest.pk) == (7, at(1), "7 2026-03-01T01:00:00.000000Z")
    assert Reading.objects.get(pk=newest.pk).value == Reading.objects.get(pk=(7, at(1))).value == 3
    assert oldest.at == at(0)


@pytest.mark.parametrize("key", ["", "ann", " ", "ann ", " s1", None, ("ann",), "é" * 3000 + " a", "a " + "é" * 600])
def test_an_impossible_key_finds_nothing_without_a_request(everywhere, requests_log, key):
    if key is not None:
        assert not Session.objects.filter(pk=key).exists() if isinstance(key, str) else True
        assert list(Session.objects.filter(pk__in=[key])) == [] if isinstance(key, str) else True
    assert get(Session, key) is None
    assert batch_get((Session, key)) == [None]
    assert requests_log.operations == []
    with pytest.raises(DataError, match="Session: not a primary key"):
        Delete(Session, key).run()


def test_a_key_and_an_impossible_key_match_nothing(everywhere):
    Put(session()).run()
    for key in ("", "ann", "ann s1 "):
        assert list(Session.objects.filter(pk="ann s1").filter(pk__in=[key])) == []
        assert Session.objects.filter(pk="ann s1").filter(pk__in=[key]).update(uses=1) == 0
        assert Session.objects.filter(pk="ann s1").exclude(pk__in=[key]).count() == 1
    with pytest.raises(ValueError, match="a key has two parts"):
        Session.objects.filter(pk=("ann",))


def test_a_reading_whose_halves_do_not_parse_is_not_there(tables):
    for key in ("x 2026-03-01T01:00:00.000000Z", "7 yesterday", "7"):
        assert not Reading.objects.filter(pk=key).exists()


# -- by both halves ----------------------------------------------------------------------------------------------------


def test_get_filter_and_in_bulk(three, requests_log):
    requests_log.clear()
    assert Session.objects.get(pk="ann s1").made_at == at(0)
    assert Session.objects.get(subject="ann", sid="s2").made_at == at(1)
    assert Session.objects.get(pk=("bob", "s1")).made_at == at(2)
    assert requests_log.operations == ["GetItem"] * 3
    assert requests_log.requests[0][1]["Key"] == {"subject": {"S": "ann"}, "sid": {"S": "s1"}}
    assert keys(Session.objects.filter(pk__in=["bob s1", "ann s1", "eve s1"])) == ["bob s1", "ann s1"]
    assert sorted(keys(Session.objects.filter(subject="ann", sid__in=["s2", "s1"]))) == ["ann s1", "ann s2"]
    assert set(Session.objects.in_bulk(["ann s2", "nobody s1"])) == {"ann s2"}
    assert not Session.objects.filter(pk="ann s1", uses=1).exists()


def test_operations(three):
    made, none, note = batch_get((Session, "ann s1"), (Session, "ann s9"), (Note, "a"))
    assert (made.pk, none, note) == ("ann s1", None, None)
    assert Update(Session, "ann s1", {"uses": Add(2)}, when=Q(pk__isnull=False)).run().uses == 2
    assert Update(Session, ("ann", "new"), {"uses": 1, "made_at": at(3)}).run().pk == "ann new"
    with pytest.raises(ConditionFailed):
        Put(session(), when=Q(pk__isnull=True)).run()
    with pytest.raises(ConditionFailed):
        Delete(Session, "ann s1", when=Q(pk="ann s2")).run()
    with pytest.raises(TransactionRefused) as refusal:
        transact(Put(session("eve")), Check(Session, "ann s1", Q(uses=0)))
    assert list(refusal.value.failed) == [1]
    transact(Put(session("eve")), Check(Session, "ann s1", Q(uses=2)), Delete(Session, "bob s1"))
    assert batch_get((Session, "eve s1"), (Session, "bob s1"))[1] is None


def test_save_create_and_delete(everywhere):
    made = Session.objects.create(subject="ann", sid="s1", made_at=at(0))
    with pytest.raises(IntegrityError):
        Session.objects.create(pk="ann s1", made_at=at(1))
    made.uses = 3
    made.save()
    made.save(update_fields=["agent"])
    assert Session.objects.get(pk="ann s1").uses == 3
    assert Session.objects.filter(pk="ann s1", uses=3).update(uses=F("uses") + 1) == 1
    assert Session.objects.get_or_create(subject="ann", sid="s1")[1] is False
    assert Session.objects.get_or_create(pk="ann s2", defaults={"made_at": at(1)})[1] is True
    Session.objects.bulk_create([session("bob"), session("bob", "s2")])
    made.refresh_from_db()
    again, gone = Session.objects.get(pk="ann s1"), Session.objects.get(pk="ann s1")
    assert (made.uses, made.delete()[0], again.delete()[0]) == (4, 1, 0)
    with pytest.raises(DatabaseError):
        gone.save()


def test_a_half_of_a_key_cannot_be_updated(tables):
    with pytest.raises(NotSupportedError, match="a primary key cannot be changed"):
        Session.objects.filter(pk="ann s1").update(sid="s2")


# -- Django's own ------------------------------------------------------------------------------------------------------


def test_it_is_serialized_pickled_and_declared_again(three, installed):
    text = serializers.serialize("json", Session.objects.filter(subject="ann"))
    first, second = (each.object for each in serializers.deserialize("json", text))
    assert (first.pk, second.pk, first.made_at) == ("ann s1", "ann s2", at(0))
    assert pickle.loads(pickle.dumps(first)).pk == "ann s1"
    _, _, args, kwargs = Session._meta.pk.deconstruct()
    assert CompositeKeyField(*args, **kwargs).names == ("subject", "sid")
