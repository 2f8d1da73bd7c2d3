"""Every operation through a network that loses its answer: nothing happens twice, and no error says the opposite."""

import json

import pytest
from botocore.exceptions import ReadTimeoutError
from django.db.models import F, Q
from django.db.utils import OperationalError

from otp.dynamo import client as client_module
from otp.dynamo.client import NotDone, OutcomeUnknown, TransactionConflict
from otp.dynamo.expressions import Add, Append, IfMissing
from otp.dynamo.operations import Delete, Put, Update, batch_get, batch_put, get, transact
from tests.support.faults import cut_off, error, faulty, lost, refused

from .events import DAY
from .models import Note, Session

pytestmark = pytest.mark.slow


def note(slug="a", **values):
    return Note(**{"slug": slug, "created_at": DAY, "text": "old"} | values)


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """The waits between attempts, which nobody waits for."""
    waited = []
    monkeypatch.setattr(client_module.time, "sleep", waited.append)
    return waited


@pytest.fixture
def there(everywhere):
    """A note with a revision of 1."""
    batch_put(note(revision=1, lines=["x"]))
    return Note.objects.filter(pk="a")


# What twice is the same as once is sent again: what is done, and what is there then.
REPEATED = {
    "get": ("GetItem", lambda: get(Note, "a"), 1),
    "filter": ("GetItem", lambda: list(Note.objects.filter(pk="a")), 1),
    "batch_get": ("BatchGetItem", lambda: batch_get((Note, "a"), (Note, "b")), 1),
    "a query": ("Query", lambda: list(Session.objects.filter(subject="ann")), 1),
    "a page": ("Query", lambda: Session.objects.filter(subject="ann").page(2), 1),
    "count": ("Query", Session.objects.filter(subject="ann").count, 1),
    "exists": ("GetItem", Note.objects.filter(pk="a").exists, 1),
    "refresh": ("GetItem", lambda: Note(slug="a").refresh_from_db(), 1),
    "a put": ("PutItem", lambda: Put(note(revision=5)).run(), 5),
    "a delete": ("DeleteItem", lambda: Delete(Note, "a").run(), None),
    "an update to plain values": ("UpdateItem", lambda: Update(Note, "a", {"revision": 5}).run(), 5),
    "an update by queryset": ("UpdateItem", lambda: Note.objects.filter(pk="a").update(revision=5), 5),
    "an update that looks elsewhere": (
        *("UpdateItem", lambda: Update(Note, "a", {"revision": 5}, when=Q(text="old")).run(), 5),
    ),
    "if missing": ("UpdateItem", lambda: Update(Note, "a", {"revision": IfMissing(9)}).run(), 1),
    "save of named fields": ("UpdateItem", lambda: note("a", revision=5).save(update_fields=["revision"]), 5),
    "save": ("UpdateItem", lambda: note_of(revision=5).save(), 5),
    "batch_put": ("BatchWriteItem", lambda: batch_put(note(revision=5)), 5),
    "what its author says": (
        *("UpdateItem", lambda: Update(Note, "a", {"revision": 5}, when=Q(revision__gt=0), repeatable=True).run(), 5),
    ),
}

# All else is not: what is done, what was lost with it, and what is there when it was carried out once.
UNKNOWN = {
    "create": ("PutItem", lambda: Note.objects.create(slug="b"), ("b", 0)),
    "get_or_create": ("PutItem", lambda: Note.objects.get_or_create(slug="b"), ("b", 0)),
    "save of a new one": ("PutItem", lambda: note("b").save(), ("b", 0)),
    "F": ("UpdateItem", lambda: Note.objects.filter(pk="a").update(revision=F("revision") + 1), ("a", 2)),
    "Add": ("UpdateItem", lambda: Update(Note, "a", {"revision": Add(1)}).run(), ("a", 2)),
    "Append": ("UpdateItem", lambda: Note.objects.filter(pk="a").update(revision=2, lines=Append(["y"])), ("a", 2)),
    "a compare-and-swap": ("UpdateItem", lambda: Note.objects.filter(pk="a", revision=1).update(revision=2), ("a", 2)),
    "delete": ("DeleteItem", lambda: Note.objects.filter(pk="a").delete(), ("a", None)),
    "delete of one": ("DeleteItem", lambda: note_of().delete(), ("a", None)),
    "a comparison with what it changes": (
        *(
            "UpdateItem",
            lambda: Note.objects.filter(pk="a", text__in=[F("slug"), "old"]).update(text="new", revision=2),
        ),
        ("a", 2),
    ),
    "a put on condition": ("PutItem", lambda: Put(note(revision=2), when=Q(revision=1)).run(), ("a", 2)),
}


def note_of(**values):
    found = get(Note, "a")
    for name, value in values.items():
        setattr(found, name, value)
    return found


def revision(key):
    found = get(Note, key)
    return found and found.revision


@pytest.mark.parametrize("fault", [lost, cut_off, error("InternalServerError", 500)], ids=["lost", "cut", "500"])
@pytest.mark.parametrize("case", REPEATED)
def test_repeatable_requests_are_sent_again(there, case, fault):
    operation, act, found = REPEATED[case]
    with faulty(operation, fault) as seen:
        act()
    assert seen.count(operation) in (2, 3)  # `save` reads first
    assert revision("a") == found


@pytest.mark.parametrize("fault", [lost, cut_off], ids=["lost", "cut"])
@pytest.mark.parametrize("case", UNKNOWN)
def test_other_writes_are_sent_once_and_raise_outcome_unknown(there, case, fault):
    operation, act, (key, found) = UNKNOWN[case]
    with faulty(operation, fault) as seen, pytest.raises(OutcomeUnknown, match="DynamoDB"):
        act()
    assert seen.count(operation) == 1
    assert revision(key) == found
    assert get(Note, "a") is None or len(get(Note, "a").lines) == (2 if case == "Append" else len(get(Note, "a").lines))


@pytest.mark.parametrize("case", UNKNOWN)
@pytest.mark.parametrize("fault", [refused, error("ThrottlingException")], ids=["refused", "throttled"])
def test_a_write_that_was_certainly_not_carried_out_is_sent_again(there, case, fault):
    operation, act, (key, found) = UNKNOWN[case]
    with faulty(operation, fault) as seen:
        act()
    assert seen.count(operation) == 2
    assert revision(key) == found


@pytest.mark.dynamodb_local
def test_a_transaction_carries_a_token_and_happens_once(local_tables):
    batch_put(note(revision=1))
    with faulty("TransactWriteItems", lost) as seen:
        transact(Update(Note, "a", {"revision": Add(1)}), Put(note("b"), when=Q(pk__isnull=True)))
    assert (seen, revision("a"), revision("b")) == (["TransactWriteItems"] * 2, 2, 0)
    with faulty("TransactWriteItems", lost):
        assert Note.objects.bulk_create([note("c")])[0]._state.adding is False


def test_both_attempts_of_a_transaction_have_one_token(there):
    tokens = []

    def note_token(request, send):
        tokens.append(json.loads(request.body)["ClientRequestToken"])
        raise ReadTimeoutError(endpoint_url=request.url)

    with faulty("TransactWriteItems", note_token, note_token), pytest.raises(OutcomeUnknown):
        transact(Put(note("b")))
    with faulty("TransactWriteItems", note_token):
        transact(Put(note("c")))
    assert tokens[0] == tokens[1] != tokens[2]


def test_a_read_that_is_lost_twice_is_no_unknown_outcome(there):
    with faulty("GetItem", lost, lost), pytest.raises(OperationalError) as failure:
        get(Note, "a")
    assert type(failure.value) is OperationalError


def test_a_write_that_never_arrived_raises_not_done(there):
    with faulty("PutItem", refused, refused), pytest.raises(NotDone):
        Note.objects.create(slug="b")


CONFLICT = error("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}])


@pytest.mark.parametrize(
    ("operation", "act", "conflict"),
    [
        ("TransactWriteItems", lambda: transact(Put(note("b"))), CONFLICT),
        (
            *("UpdateItem", lambda: Update(Note, "a", {"revision": Add(1)}).run()),
            error("TransactionConflictException"),
        ),
    ],
)
def test_a_conflict_with_a_transaction_is_tried_again_twice(there, waits, operation, act, conflict):
    with faulty(operation, conflict, conflict) as seen:
        act()
    assert (seen.count(operation), len(waits)) == (3, 2)
    with faulty(operation, conflict, conflict, conflict), pytest.raises(TransactionConflict):
        act()
    first, second = waits[2:]
    assert 0.02 <= first <= 0.1
    assert 0.04 <= second <= 0.2
