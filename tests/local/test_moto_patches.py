"""The patches of moto: each saves time or memory, and stored and returned data stays the same."""

import gc
import sys
from collections import Counter, deque
from datetime import UTC, datetime

import pytest
from django.db.models import Q
from moto.core.common_models import BaseModel
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import DynamoDBBackend, Table
from moto.ses.models import RawMessage

from otp.dynamo.client import TransactionRefused, call
from otp.dynamo.operations import Check, Put, Update, get, transact
from otp.local import embedded
from otp.models import Address

A, B = "a@example.com", "b@example.com"
LATER = datetime(2033, 5, 19, tzinfo=UTC)


@pytest.fixture
def two():
    for address in (A, B):
        Put(Address(address=address, sends=[1], last_write="1", expires_at=LATER)).run()


def test_a_refused_transaction_leaves_every_item_as_it_was(two):
    with pytest.raises(TransactionRefused):
        transact(
            Update(Address, A, {"sends": [1, 2], "last_write": "2"}),
            Put(Address(address="c@example.com", expires_at=LATER)),
            Check(Address, B, Q(last_write="7")),
        )
    assert get(Address, A).sends == [1]
    assert get(Address, A).last_write == "1"
    assert get(Address, "c@example.com") is None
    Update(Address, A, {"last_write": "3"}).run()
    assert get(Address, A).last_write == "3"


@pytest.fixture
def calls():
    """A function that counts the Python calls of another function and of the embedded AWS. Times depend on the load."""

    def calls(function):
        made = Counter()
        before = sys.getprofile()
        sys.setprofile(lambda frame, event, arg: made.update([event]))
        try:
            function()
        finally:
            sys.setprofile(before)
        return made["call"]

    return calls


@pytest.fixture
def fifty():
    for number in range(50):
        Put(Address(address=f"{number:02}@example.com", sends=[1], last_write="1", expires_at=LATER)).run()


def test_without_its_patch_a_transaction_takes_longer_with_each_item(fifty, calls, monkeypatch):
    def transaction():
        transact(Put(Address(address="00@example.com", expires_at=LATER)))

    transaction()  # the first one also imports modules and fills caches
    patched = calls(transaction)
    monkeypatch.delattr(Table, "__deepcopy__")
    assert calls(transaction) > 2 * patched


def test_without_its_patch_an_answer_takes_longer_with_each_item(fifty, calls, monkeypatch):
    def read():
        assert len(list(Address.objects.filter(pk__in=[f"{number:02}@example.com" for number in range(50)]))) == 50

    read()
    patched = calls(read)
    unpatched = BaseJSONSerializer._serialize_type_map.__wrapped__
    monkeypatch.setattr(BaseJSONSerializer, "_serialize_type_map", unpatched)
    assert calls(read) > 2 * patched


def test_without_its_patch_an_update_would_not_be_rolled_back(two, monkeypatch):
    monkeypatch.setattr(DynamoDBBackend, "update_item", DynamoDBBackend.update_item.__wrapped__)
    with pytest.raises(TransactionRefused):
        transact(Update(Address, A, {"last_write": "2"}), Check(Address, B, Q(last_write="7")))
    assert get(Address, A).last_write == "2"


@pytest.mark.parametrize("patched", [True, False])
def test_without_its_patch_each_mail_and_each_copy_of_a_table_is_kept(two, send_mail, monkeypatch, patched):
    monkeypatch.setattr(embedded.ses(), "sent_messages", deque(maxlen=1))
    if not patched:
        monkeypatch.setattr(BaseModel, "__new__", BaseModel.__new__.__wrapped__)
    before = kept()
    for _ in range(3):
        transact(Put(Address(address=A, expires_at=LATER)))
        send_mail()
    assert kept() - before == Counter({RawMessage: 1} if patched else {RawMessage: 3, Table: 3})


def kept():
    """The number of moto's mails and tables in memory, by class."""
    gc.collect()
    return Counter(type(each) for each in gc.get_objects() if type(each) in (RawMessage, Table))


def test_an_item_comes_back_in_all_its_types(two):
    item = {
        "address": {"S": "é"},
        "text": {"S": ""},
        "number": {"N": "-1.50"},
        "bytes": {"B": b"\x00\xff"},
        "yes": {"BOOL": True},
        "nothing": {"NULL": True},
        "list": {"L": [{"S": "x"}, {"M": {"deep": {"B": b"y"}}}]},
        "sets": {"SS": ["a", "b"]},
        "numbers": {"NS": ["1", "2"]},
        "blobs": {"BS": [b"z"]},
        "map": {"M": {}},
    }
    call("put_item", TableName="otp_addresses", Item=item)
    answer = call("get_item", TableName="otp_addresses", Key={"address": {"S": "é"}}, ConsistentRead=True)
    assert answer["Item"] == item
