from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest

from otp.dynamo.client import client
from otp.local.embedded import OneAtATime

TABLE = {
    "TableName": "races",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def table():
    client().create_table(**TABLE)
    yield TABLE["TableName"]
    client().delete_table(TableName=TABLE["TableName"])


def test_of_many_equal_conditional_writes_one_succeeds(table):
    def put(_):
        try:
            client().put_item(TableName=table, Item={"id": {"S": "x"}}, ConditionExpression="attribute_not_exists(id)")
        except client().exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(put, range(60))) == 1


def test_an_application_behind_the_lock_never_runs_twice_at_once():
    meeting, met = Barrier(2), []

    def application(environ, start_response):
        try:
            meeting.wait(timeout=0.2)
        except Exception:  # noqa: BLE001 - nobody came: the barrier is broken
            return []
        met.append(True)
        return []

    locked = OneAtATime(application)
    threads = [Thread(target=locked, args=({}, None)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not met


def test_the_embedded_ses_refuses_a_sender_that_nobody_verified(send_mail):
    with pytest.raises(Exception, match="Did not have authority to send"):
        send_mail(from_email="stranger@elsewhere.example")
