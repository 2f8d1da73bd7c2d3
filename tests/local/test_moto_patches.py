"""moto with its shortcuts does as moto does without."""

from datetime import UTC, datetime

import pytest
from django.db.models import Q
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from otp.dynamo.client import TransactionRefused, call
from otp.dynamo.operations import Check, Put, Update, get, transact
from otp.local import shortcuts
from otp.models import Address

A, B = "a@example.com", "b@example.com"
LATER = datetime(2033, 5, 19, tzinfo=UTC)


@pytest.fixture
def two():
    for address in (A, B):
        Put(Address(address=address, sends=[1], unanswered=1, expires_at=LATER)).run()


def test_a_refused_transaction_leaves_every_item_as_it_was(two):
    with pytest.raises(TransactionRefused):
        transact(
            Update(Address, A, {"sends": [1, 2], "unanswered": 2}),
            Put(Address(address="c@example.com", expires_at=LATER)),
            Check(Address, B, Q(unanswered=7)),
        )
    assert get(Address, A).sends == [1]
    assert get(Address, A).unanswered == 1
    assert get(Address, "c@example.com") is None
    Update(Address, A, {"unanswered": 3}).run()
    assert get(Address, A).unanswered == 3


def test_a_transaction_copies_no_items(two, monkeypatch, settings):
    """That is what takes moto a second for each thousand."""
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][settings.AWS_SES_REGION_NAME].tables["otp_addresses"]
    copy = shortcuts._sharing_items(table, {})
    assert copy.items is not table.items
    assert {key: id(item) for key, item in copy.items.items()} == {key: id(item) for key, item in table.items.items()}


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
