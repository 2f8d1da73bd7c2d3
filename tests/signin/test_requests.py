"""The DynamoDB requests of each flow: their number, and the exact content of the important ones."""

import re

import pytest

from otp.signin.flows import Flow
from tests.support.accounts import member
from tests.support.api import ADDRESS, answer, ask, mailed_code, other_than

pytestmark = pytest.mark.usefixtures("clock")

TABLES = {
    "otp_users",
    "otp_addresses",
    "otp_counters",
    "otp_log",
    "otp_accounts",
    "otp_sessions",
    "otp_suppressions",
    "otp_blocks",
}

UNCHANGED = r"attribute_not_exists\(#last_write\) OR #last_write = (:\d+)"


def test_a_send_is_one_read_one_transaction_and_its_log_entry(requests_log):
    ask()
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems", "PutItem"]


def test_a_refused_send_is_one_read_and_its_log_entry(requests_log):
    ask()
    requests_log.clear()
    assert ask().status_code == 429
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems"]


def test_a_wrong_attempt_is_one_write_and_its_log_entry(requests_log):
    ask()
    requests_log.clear()
    assert answer(other_than(mailed_code())).status_code == 401
    assert requests_log.operations == ["UpdateItem", "TransactWriteItems"]


def test_a_correct_code_takes_two_writes(requests_log):
    ask()
    requests_log.clear()
    assert answer(mailed_code()).status_code == 200
    assert requests_log.operations == ["UpdateItem", "TransactWriteItems"]


def test_a_repeated_send_is_two_reads(requests_log):
    key = {"Idempotency-Key": "7"}
    ask(headers=key)
    requests_log.clear()
    ask(headers=key)
    assert requests_log.operations == ["BatchGetItem", "BatchGetItem"]


def test_a_signed_in_page_is_one_consistent_read(requests_log, client):
    account = member(ADDRESS)
    client.force_login(account)
    requests_log.clear()
    assert client.get("/account/delete/").status_code == 200
    assert requests_log.operations == ["BatchGetItem"]


def test_the_account_page_also_queries_its_sessions_once_and_consistently(requests_log, client):
    account = member(ADDRESS)
    for _ in range(3):
        client.force_login(account)
    requests_log.clear()
    assert client.get("/account/").status_code == 200
    assert requests_log.operations == ["BatchGetItem", "Query"]
    query = requests_log.requests[1][1]
    assert (query["TableName"], query["ConsistentRead"]) == ("otp_sessions", True)


def test_a_send_reads_everything_it_depends_on_in_one_consistent_request(requests_log):
    ask()
    requested = requests_log.requests[0][1]["RequestItems"]
    assert set(requested) == {"otp_addresses", "otp_suppressions", "otp_blocks", "otp_counters"}
    for table in ("otp_addresses", "otp_suppressions"):
        assert requested[table] == {"Keys": [{"address": {"S": ADDRESS}}], "ConsistentRead": True}
    assert requested["otp_counters"]["ConsistentRead"] is True
    assert len(requested["otp_counters"]["Keys"]) == 1


def test_a_send_writes_the_record_only_if_it_is_as_it_was_read(requests_log, clock):
    ask()
    first = requests_log.requests[1][1]["TransactItems"]
    assert [next(iter(item)) for item in first] == ["Update", "Put", "Update"]
    assert re.fullmatch(UNCHANGED, first[0]["Update"]["ConditionExpression"])
    assert first[2]["Update"]["ConditionExpression"] == "attribute_not_exists(#count) OR #count < :2"
    assert first[2]["Update"]["ExpressionAttributeValues"][":2"] == {"N": "60"}

    clock.shift(60)
    requests_log.clear()
    ask()
    second = requests_log.requests[1][1]["TransactItems"]
    write = second[0]["Update"]
    known = re.fullmatch(UNCHANGED, write["ConditionExpression"])[1]
    assert write["ExpressionAttributeValues"][known] == first[1]["Put"]["Item"]["send"]


def test_an_attempt_counts_and_compares_in_one_conditional_write(requests_log):
    ask()
    requests_log.clear()
    answer("123456")
    operation, request = requests_log.requests[0]
    assert operation == "UpdateItem"
    request_id = request["ExpressionAttributeValues"][":1"]
    assert request == {
        "TableName": "otp_users",
        "Key": {"email": {"S": ADDRESS}},
        "UpdateExpression": "SET #attempt_keys = list_append(#attempt_keys, :1) ADD #attempts :0",
        "ConditionExpression": "#attempts < :2 AND attribute_exists(#code_digest) AND NOT #status = :3 "
        "AND NOT contains(#attempt_keys, :4)",
        "ExpressionAttributeNames": {
            f"#{name}": name for name in ("attempts", "attempt_keys", "status", "code_digest")
        },
        "ExpressionAttributeValues": {
            ":0": {"N": "1"},
            ":1": request_id,
            ":2": {"N": "6"},
            ":3": {"S": "REVOKED"},
            ":4": request_id["L"][0],
        },
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def test_a_sign_in_depends_on_code_and_account_in_one_transaction(requests_log):
    account = member(ADDRESS)
    ask()
    requests_log.clear()
    answer(mailed_code())
    code, person, session, entry = requests_log.requests[1][1]["TransactItems"]
    assert code["Update"]["ConditionExpression"] == "#send = :3 AND #status = :4"
    assert code["Update"]["UpdateExpression"] == "SET #status = :0, #sid = :1 ADD #attempts :2"
    assert person["Update"]["Key"] == {"subject": {"S": account.pk}}
    assert person["Update"]["UpdateExpression"] == "SET #signed_in_at = :0"
    assert (
        person["Update"]["ConditionExpression"]
        == "contains(#addresses, :1) AND #is_active = :2 AND #session_epoch = :3 AND attribute_exists(#signed_in_at) "
        "AND attribute_not_exists(#role)"
    )
    assert session["Put"]["Item"]["subject"] == {"S": account.pk}
    assert entry["Put"]["Item"]["outcome"] == {"S": "otp_verified"}


def test_requests_only_use_the_tables_of_the_models(requests_log):
    ask()
    answer(mailed_code())
    for _, request in requests_log.requests:
        items = [next(iter(item.values())) for item in request.get("TransactItems", [])]
        named = (
            {item["TableName"] for item in items} | set(request.get("RequestItems", ())) | {request.get("TableName")}
        )
        assert named - {None} <= TABLES


def test_a_flow_without_an_id_has_the_plain_address_as_key():
    assert Flow("api").id == ""
    assert (str(Flow("api")), Flow("api").key(ADDRESS)) == ("api:", ADDRESS)
