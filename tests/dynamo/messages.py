"""Random requests about items, and responses to them, in DynamoDB's JSON; bytes are bytes."""

import base64
from typing import Any

from hypothesis import strategies as some

TEXT = some.text(max_size=4)
NAME = some.sampled_from(["B", "BS", "S", "M", "Item", "n"]) | TEXT
NUMBER = some.integers().map(str) | some.decimals(allow_nan=False, allow_infinity=False).map(str)
VALUE = some.recursive(
    some.one_of(
        some.builds(lambda text: {"S": text}, TEXT),
        some.builds(lambda number: {"N": number}, NUMBER),
        some.builds(lambda octets: {"B": octets}, some.binary(max_size=5)),
        some.builds(lambda is_true: {"BOOL": is_true}, some.booleans()),
        some.just({"NULL": True}),
        some.builds(lambda texts: {"SS": texts}, some.lists(TEXT, min_size=1, max_size=3)),
        some.builds(lambda numbers: {"NS": numbers}, some.lists(NUMBER, min_size=1, max_size=3)),
        some.builds(lambda octets: {"BS": octets}, some.lists(some.binary(max_size=3), min_size=1, max_size=3)),
    ),
    lambda value: (
        some.builds(lambda values: {"L": values}, some.lists(value, max_size=3))
        | some.builds(lambda values: {"M": values}, some.dictionaries(NAME, value, max_size=3))
    ),
    max_leaves=6,
)
ITEM = some.dictionaries(NAME, VALUE, max_size=3)
TABLE = some.sampled_from(["otp_users", "BSB", "B__", "BS_"])
PUT = some.fixed_dictionaries({"TableName": TABLE, "Item": ITEM})
KEYED = some.fixed_dictionaries({"TableName": TABLE, "Key": ITEM})
UPDATE = some.fixed_dictionaries(
    {
        "TableName": TABLE,
        "Key": ITEM,
        "UpdateExpression": some.just("SET #0 = :0"),
        "ExpressionAttributeNames": some.just({"#0": "é"}),
        "ExpressionAttributeValues": some.fixed_dictionaries({":0": VALUE}),
    }
)
SEARCH = some.fixed_dictionaries(
    {"TableName": TABLE, "Limit": some.integers(1, 9), "ConsistentRead": some.booleans()},
    optional={"ExclusiveStartKey": ITEM, "ExpressionAttributeValues": some.fixed_dictionaries({":0": VALUE})},
)
TOKEN = some.uuids().map(str)
FOUND = some.fixed_dictionaries({"Items": some.lists(ITEM, max_size=3), "Count": some.integers(0, 9)})
CAPACITY = some.just({"TableName": "BS_", "CapacityUnits": 0.5})
# Of each operation: a request, and a response.
MESSAGES = {
    "get_item": (KEYED, some.fixed_dictionaries({}, optional={"Item": ITEM, "ConsumedCapacity": CAPACITY})),
    "put_item": (PUT, some.fixed_dictionaries({}, optional={"Attributes": ITEM})),
    "delete_item": (KEYED, some.fixed_dictionaries({}, optional={"Attributes": ITEM})),
    "update_item": (UPDATE, some.fixed_dictionaries({}, optional={"Attributes": ITEM})),
    "query": (SEARCH, FOUND),
    "scan": (SEARCH, FOUND),
    "batch_get_item": (
        some.builds(lambda table, keys: {"RequestItems": {table: {"Keys": keys}}}, TABLE, some.lists(ITEM)),
        some.builds(
            lambda table, items, keys: {"Responses": {table: items}, "UnprocessedKeys": {table: {"Keys": keys}}},
            *(TABLE, some.lists(ITEM, max_size=2), some.lists(ITEM, max_size=2)),
        ),
    ),
    "batch_write_item": (
        some.builds(lambda table, item: {"RequestItems": {table: [{"PutRequest": {"Item": item}}]}}, TABLE, ITEM),
        some.builds(lambda table, item: {"UnprocessedItems": {table: [{"PutRequest": {"Item": item}}]}}, TABLE, ITEM),
    ),
    "transact_write_items": (
        some.builds(
            lambda put, update, key, token: {
                "TransactItems": [{"Put": put}, {"Update": update}, {"Delete": key}],
                "ClientRequestToken": token,
            },
            *(PUT, UPDATE, KEYED, TOKEN),
        ),
        some.fixed_dictionaries({}, optional={"ConsumedCapacity": some.lists(CAPACITY, max_size=2)}),
    ),
}


def refusal(kind: str, **members: Any) -> dict[str, Any]:
    return {"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", **members}


ERRORS = some.one_of(
    some.builds(lambda item: refusal("ConditionalCheckFailedException", message="The request failed", Item=item), ITEM),
    some.builds(
        lambda item: refusal(
            "TransactionCanceledException",
            Message="Transaction cancelled",
            CancellationReasons=[{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": item}],
        ),
        ITEM,
    ),
    some.sampled_from(
        [
            refusal("ResourceNotFoundException", message="no"),
            {"__type": "com.amazon.coral.validate#ValidationException", "message": "no"},
            {"__type": "com.amazon.coral.service#ExpiredTokenException", "Message": "no"},
            {"__type": "SomethingNew"},
            {},
        ]
    ),
)


def in_base64(value: Any) -> Any:
    """A message as DynamoDB writes it: bytes in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: in_base64(each) for name, each in value.items()}
    return [in_base64(each) for each in value] if isinstance(value, list) else value
