"""A plan as text."""

import re
from typing import Any

from .batches import READS
from .client import table
from .expressions import Expression
from .planner import ByIndex, ByKey
from .reading import query_request
from .values import load_value


def explain(way: ByKey | ByIndex) -> str:
    """The operation, its key and filter, and how many requests it takes."""
    return _explain_index(way) if isinstance(way, ByIndex) else _explain_keys(way)


def _explain_keys(way: ByKey) -> str:
    if not way.keys:
        return "Nothing: no request"
    operation = "GetItem" if len(way.keys) == 1 else "BatchGetItem"
    expression = Expression(way.model)
    filters = expression.condition(way.rest)
    return _lines(
        f"{operation} {table(way.model)}, consistent",
        f"keys: {len(way.keys)}",
        f"then: {_readable(filters, expression.placeholders())}" if filters else "",
        f"requests: {-(-len(way.keys) // READS)}",
    )


def _explain_index(way: ByIndex) -> str:
    requests = [query_request(way, partition, way.range, None) for partition in way.partitions]
    if not requests or way.range.empty:
        return "Nothing: no request"
    keys = [_readable(request["KeyConditionExpression"], request) for request in requests]
    index = f"index {way.index.name}" if way.index.name else "consistent"
    filters = _readable(requests[0].get("FilterExpression", ""), requests[0])
    return _lines(
        f"Query {requests[0]['TableName']}, {index}, {'descending' if way.descending else 'ascending'}",
        *(f"key: {key}" for key in keys),
        f"filter: {filters}" if filters else "",
        "fetch: what the index doesn't hold, by key" if way.fetched else "",
        f"requests: {len(requests)}, and one more for each further MB or cut that a filter makes",
    )


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _readable(expression: str, request: dict[str, Any]) -> str:
    """An expression with its placeholders replaced by names and values."""
    values = {name: repr(load_value(value)) for name, value in request.get("ExpressionAttributeValues", {}).items()}
    return re.sub(r"#(\w+)|(:\d+)", lambda found: found[1] or values[found[2]], expression)
