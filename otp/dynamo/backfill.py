"""Adds attributes that a model declares to items that were written before the declaration.

An index contains only items that have the attributes of its key. So a field that is new is filled before there is an
index of it. This scans the table, which no query does.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from django.db.models import Model

from .client import Attributes, ConditionFailed, call, table
from .keys import key_fields, key_in
from .operations import from_item, to_item

PAGE = 200  # items of a request: far fewer than what would take the client's timeout
AT_ONCE = 10


def backfill(model: type[Model]) -> Iterator[tuple[int, int]]:
    """Yields, page by page, the number of items read and the number of those that were changed."""
    start: Attributes = {}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while True:
            page = call("scan", TableName=table(model), ConsistentRead=True, Limit=PAGE, **start)
            filled = threads.map(lambda item: fill(model, item), page["Items"])
            yield len(page["Items"]), sum(filled)
            if not (last := page.get("LastEvaluatedKey")):
                return
            start = {"ExclusiveStartKey": last}


def fill(model: type[Model], item: Attributes) -> bool:
    """Write the attributes that an item lacks, without undoing other writes. Returns whether it lacked any."""
    whole = to_item(from_item(model, item), raw=True)
    lacking = [column for column in whole if column not in item]
    if not lacking:
        return False
    names = {f"#{number}": column for number, column in enumerate(lacking)}
    values = {f":{number}": whole[column] for number, column in enumerate(lacking)}
    (key, *_) = key_fields(model)
    try:
        call(
            "update_item",
            TableName=table(model),
            Key=key_in(model, item),
            UpdateExpression="SET " + ", ".join(f"{n} = if_not_exists({n}, :{n[1:]})" for n in names),
            ConditionExpression="attribute_exists(#key)",
            ExpressionAttributeNames=names | {"#key": key.column},
            ExpressionAttributeValues=values,
        )
    except ConditionFailed:  # deleted meanwhile
        return False
    return True
