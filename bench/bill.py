"""What a million sign-ins cost, from the requests as they leave."""

import json
from typing import Any

from .figures import Figure
from .flows import Counted

# US dollars a million in us-east-1, by AWS's price lists as remembered in November 2026: look yours up.
PRICES = {
    "DynamoDB write units": 0.625,
    "DynamoDB read units": 0.125,
    "SES mails": 100.0,
    "API Gateway requests": 3.50,
    "Lambda requests": 0.20,
    "Lambda GB-seconds": 16.6667,
}
# Whose items take the place of older ones: an index then has one entry to remove and one to add.
REPLACED = ("Code", "Address")
CALLS_A_SIGN_IN = 2  # of the API: one to send, one to verify
LAMBDA_SECONDS, LAMBDA_GB = 0.05, 0.25  # a call's, waiting for DynamoDB and SES included


def figures() -> list[Figure]:
    site = Counted()
    units = {"read": 0.0, "write": 0.0}
    for verb in ("send", "right"):
        site.run(verb)
    for operation, request in site.noted:
        if operation == "BatchGetItem":
            units["read"] += reads(request)
        elif operation != "SendEmail":
            units["write"] += writes(operation, request)
    found = [
        Figure("write units of a sign-in (a send and a right code)", units["write"], "units"),
        Figure("read units of a sign-in", units["read"], "units"),
    ]
    parts = {
        "DynamoDB write units": units["write"],
        "DynamoDB read units": units["read"],
        "SES mails": 1,
        "API Gateway requests": CALLS_A_SIGN_IN,
        "Lambda requests": CALLS_A_SIGN_IN,
        "Lambda GB-seconds": CALLS_A_SIGN_IN * LAMBDA_SECONDS * LAMBDA_GB,
    }
    bill = {name: count * PRICES[name] for name, count in parts.items()}
    shares = ", ".join(f"{name} {dollars:.2f}" for name, dollars in bill.items())
    found.append(Figure("bill for a million sign-ins", sum(bill.values()), "US dollars", note=shares))
    without = sum(bill.values()) - bill["SES mails"]
    return [*found, Figure("of it, all but the mails", without, "US dollars")]


def reads(request: Any) -> float:
    """A consistent read of up to 4 KB is one unit, also where there is no item."""
    return float(sum(len(table["Keys"]) for table in request["RequestItems"].values()))


def writes(operation: str, request: Any) -> float:
    """One unit a kilobyte begun, for the table and each index that the item is in; twice that in a transaction."""
    if operation == "TransactWriteItems":
        return 2 * sum(of_item(*next(iter(each.items()))) for each in request["TransactItems"])
    return of_item("Update" if operation == "UpdateItem" else "Put", request)


def of_item(kind: str, request: Any) -> float:
    model = model_of(request)
    written = request.get("Item") or request.get("ExpressionAttributeValues", {})
    kilobytes = -(-len(json.dumps(written)) // 1024)  # a little more than DynamoDB counts
    if kind == "Put":
        indexes = sum(all(written.get(column) for column in columns(model, index)) for index in model._meta.indexes)
        indexes *= 2 if model.__name__ in REPLACED else 1
    else:
        indexes = len(model._meta.indexes)  # each shows the whole item, whose place in it stays
    return kilobytes * (1 + indexes)


def model_of(request: Any) -> Any:
    """Whose items a request is about."""
    from django.apps import apps

    from otp.dynamo.client import table_name

    return next(model for model in apps.get_models() if table_name(model._meta.db_table) == request["TableName"])


def columns(model: Any, index: Any) -> list[str]:
    return [model._meta.get_field(name).column for name in index.fields]
