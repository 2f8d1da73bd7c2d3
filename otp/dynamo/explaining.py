"""Describes a plan as text."""

import re
from typing import Any

from .batches import READS
from .client import table
from .expressions import Expression
from .planner import ByIndex, ByKey
from .reading import query_request
from .values import load_value


def explain(plan: ByKey | ByIndex) -> str:
    """The operation, its key and filter, and the number of requests."""
    return _explain_index(plan) if isinstance(plan, ByIndex) else _explain_keys(plan)


def _explain_keys(plan: ByKey) -> str:
    if not plan.keys:
        return "Nothing: no request"
    operation = "GetItem" if len(plan.keys) == 1 else "BatchGetItem"
    expression = Expression(plan.model)
    filters = expression.condition(plan.rest)
    return _lines(
        f"{operation} {table(plan.model)}, consistent",
        f"keys: {len(plan.keys)}",
        f"then: {_readable(filters, expression.placeholders())}" if filters else "",
        f"requests: {-(-len(plan.keys) // READS)}",
    )


def _explain_index(plan: ByIndex) -> str:
    requests = [query_request(plan, partition, plan.range, None) for partition in plan.partitions]
    if not requests or plan.range.empty:
        return "Nothing: no request"
    keys = [_readable(request["KeyConditionExpression"], request) for request in requests]
    index = f"index {plan.index.name}" if plan.index.name else "consistent"
    filters = _readable(requests[0].get("FilterExpression", ""), requests[0])
    return _lines(
        f"Query {requests[0]['TableName']}, {index}, {'descending' if plan.descending else 'ascending'}",
        *(f"key: {key}" for key in keys),
        f"filter: {filters}" if filters else "",
        "fetch: what the index doesn't hold, by key" if plan.fetched else "",
        f"requests: {len(requests)}, and one more for each further MB or cut that a filter makes",
    )


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _readable(expression: str, request: dict[str, Any]) -> str:
    """An expression with its placeholders replaced by names and values."""
    values = {name: repr(load_value(value)) for name, value in request.get("ExpressionAttributeValues", {}).items()}
    return re.sub(r"#(\w+)|(:\d+)", lambda found: found[1] or values[found[2]], expression)
