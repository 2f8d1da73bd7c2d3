"""Carries out a plan: reads items by key, or reads the partitions of an index and merges them."""

import heapq
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import Any

from django.db.models import Model
from django.db.utils import NotSupportedError

from . import batches
from .batches import READS
from .client import Attributes, call, table
from .expressions import Expression
from .keys import key_fields, key_id, key_in, possible_key
from .matching import matches
from .planner import ByIndex, ByKey, Fields, Ordering
from .ranges import Edge, Range
from .values import Attribute, load_value

SIFT = 500  # items evaluated by one request with a filter: fewer take more requests, more cost more
PARALLEL = 10  # requests of one query at the same time
COUNT_LIMIT = 10_000  # items: counting reads them all, and DynamoDB charges for it


@dataclass(frozen=True)
class Position:
    """A position in the merged order: the sort key, the number of the partition, the primary key's attributes."""

    range: Attribute | None
    partition: int
    key: Attributes

    @property
    def rank(self) -> tuple[Any, int]:
        return (load_value(self.range) if self.range else None, self.partition)


# What a stream yields: an item, or None where a request ended and more may follow.
Step = tuple[Position, Attributes | None]


def items(plan: ByKey | ByIndex, wanted: int | None = None) -> Iterator[Attributes]:
    """The items in order. At most `wanted` items are read, if given."""
    if isinstance(plan, ByKey):
        return iter(_by_key(plan))
    enough = wanted + 1 if wanted and plan.ties else wanted  # one more, to see where the last tie ends
    found = (item for _, item in steps(plan, SIFT if plan.rest and wanted else enough) if item is not None)
    ordered = _ties_ordered(plan, found) if plan.ties else found
    return fetched(plan, ordered, wanted) if plan.fetched else ordered


def _ties_ordered(plan: ByIndex, found: Iterator[Attributes]) -> Iterator[Attributes]:
    """The items, with those of equal sort keys sorted by `plan.ties`."""
    column = plan.index.range.column if plan.index.range else ""
    for _, tied in groupby(found, lambda item: load_value(item[column])):
        yield from _sorted(list(tied), plan.ties)


def fetched(plan: ByIndex, found: Iterator[Attributes], wanted: int | None = None) -> Iterator[Attributes]:
    """Items of an index, read from the table. Those that don't meet the condition any more are left out."""
    while batch := list(islice(found, min(wanted or READS, READS))):
        keys = [key_in(plan.model, item) for item in batch]
        there = batches.read(plan.model, keys, **projection(plan.model, plan.needed))
        for item in batch:
            whole = there.get(key_id(plan.model, item))
            if whole and matches(plan.model, plan.where, whole):
                yield whole


def count(plan: ByKey | ByIndex, stop: int | None = None) -> int:
    """The number of items, at most `stop`. Raises NotSupportedError if there are more than COUNT_LIMIT to read."""
    if isinstance(plan, ByKey):
        return len(_by_key(plan)[:stop])
    enough = None if plan.range.dropped else stop
    limit = None if plan.rest else enough
    found = looked_at = 0
    for response in _counted(plan, plan.range, limit):
        found += response["Count"]
        looked_at += response["ScannedCount"]
        if enough and found >= enough:
            return enough
        if looked_at > COUNT_LIMIT:
            raise NotSupportedError(f"{plan.model.__name__}: more than {COUNT_LIMIT} items to count; slice or filter")
    for edge in plan.range.dropped:
        found -= sum(response["Count"] for response in _counted(plan, Range(Edge(edge), Edge(edge)), None))
    return found if stop is None else min(found, stop)


def _counted(plan: ByIndex, range_: Range, limit: int | None) -> Iterator[dict[str, Any]]:
    """The responses of Queries that count the items of a range in all partitions."""
    plan = replace(plan, fields=None)  # DynamoDB refuses a projection here
    partitions = [] if plan.range.empty else plan.partitions
    requests = [query_request(plan, partition, range_, limit) | {"Select": "COUNT"} for partition in partitions]
    for request, first in zip(requests, in_parallel(requests), strict=True):
        yield from _responses(request, first)


def _by_key(plan: ByKey) -> list[Attributes]:
    keys = [key for each in plan.keys if (key := possible_key(plan.model, each))]
    options = projection(plan.model, plan.needed)
    if len(keys) == 1:
        item = call("get_item", TableName=table(plan.model), Key=keys[0], ConsistentRead=True, **options).get("Item")
        found = [item] if item else []
    else:
        there = batches.read(plan.model, keys, **options)
        found = [there[key] for key in dict.fromkeys(key_id(plan.model, key) for key in keys) if key in there]
    return _sorted([item for item in found if matches(plan.model, plan.rest, item)], plan.ordering)


def _sorted(found: list[Attributes], order: Ordering) -> list[Attributes]:
    """Sort items. Those without a value come first, as in SQLite and MySQL."""
    for field, descending in reversed(order):
        found = sorted(found, key=lambda item: _rank(item.get(field.column)), reverse=descending)
    return found


def _rank(attribute: Attribute | None) -> tuple[Any, ...]:
    return () if attribute is None else (load_value(attribute),)


def projection(model: type[Model], fields: Fields) -> dict[str, Any]:
    """The parameters for reading only these fields and the key. None are needed for all fields."""
    if fields is None:
        return {}
    expression = Expression(model)
    names = dict.fromkeys(expression.name(field.column) for field in [*key_fields(model), *fields])
    return {"ProjectionExpression": ", ".join(names), **expression.placeholders()}


# -- streams -----------------------------------------------------------------------------------------------------------


def steps(plan: ByIndex, limit: int | None, after: Position | None = None) -> Iterator[Step]:
    """The items of an index after a position, merged in order. `limit`: how many items one request evaluates.

    The order is by sort key, then by partition, both reversed if descending. So a position determines what comes after
    it in each partition.
    """
    reads = [
        (number, range_, _stream_request(plan, number, range_, limit, after))
        for number in range(len(plan.partitions))
        if (range_ := _remaining(plan, number, after)) and not range_.empty
    ]
    # Merging needs the first item of every partition, so all of them are read at once.
    firsts = in_parallel([request for _, _, request in reads])
    streams = [_stream(plan, *each, first) for each, first in zip(reads, firsts, strict=True)]
    yield from heapq.merge(*streams, key=lambda step: step[0].rank, reverse=plan.descending)


def in_parallel(queries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The responses to several Query requests, at most PARALLEL at the same time."""
    if len(queries) < 2:
        return [call("query", **query) for query in queries]
    with ThreadPoolExecutor(min(len(queries), PARALLEL)) as threads:
        return list(threads.map(lambda query: call("query", **query), queries))


def _remaining(plan: ByIndex, number: int, after: Position | None) -> Range | None:
    """The part of the range after a position in a partition. None if nothing comes after it."""
    if after is None or after.partition == number:
        return plan.range  # here DynamoDB continues after the key
    # Whether items with an equal sort key come before the position.
    gone = (number < after.partition) != plan.descending
    if after.range is None:
        return None if gone else plan.range
    edge = Edge(after.range, open=gone)
    return plan.range.below(edge) if plan.descending else plan.range.above(edge)


def _stream_request(
    plan: ByIndex, number: int, range_: Range, limit: int | None, after: Position | None
) -> dict[str, Any]:
    request = query_request(plan, plan.partitions[number], range_, limit)
    if after and after.partition == number:
        request["ExclusiveStartKey"] = _start_key(plan, after)
    return request


def _stream(
    plan: ByIndex, number: int, range_: Range, request: dict[str, Any], first: dict[str, Any]
) -> Iterator[Step]:
    """The items of one partition. `first` is the first response."""
    dropped = [load_value(edge) for edge in range_.dropped]
    for response in _responses(request, first):
        for item in response["Items"]:
            position = _position(plan, number, item)
            if position.rank[0] not in dropped:
                yield position, item
        if "LastEvaluatedKey" in response:
            yield _position(plan, number, response["LastEvaluatedKey"]), None


def _position(plan: ByIndex, number: int, item: Attributes) -> Position:
    range_ = item[plan.index.range.column] if plan.index.range else None
    return Position(range_, number, key_in(plan.model, item))


def _start_key(plan: ByIndex, position: Position) -> Attributes:
    key = {**position.key, plan.index.hash.column: plan.partitions[position.partition]}
    if plan.index.range and position.range:
        key[plan.index.range.column] = position.range
    return key


def _responses(request: dict[str, Any], response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The first response to a Query, and all that follow."""
    yield response
    while key := response.get("LastEvaluatedKey"):
        response = call("query", **{**request, "ExclusiveStartKey": key})
        yield response


def query_request(plan: ByIndex, partition: Attribute, range_: Range, limit: int | None) -> dict[str, Any]:
    """The Query for one partition of an index."""
    expression = Expression(plan.model)
    key = [f"{expression.name(plan.index.hash.column)} = {expression.value(partition)}"]
    if plan.index.range:
        key += range_.condition(expression, plan.index.range)
    request: dict[str, Any] = {
        "TableName": table(plan.model),
        **({"IndexName": plan.index.name} if plan.index.name else {"ConsistentRead": True}),
        "KeyConditionExpression": " AND ".join(key),
        "ScanIndexForward": not plan.descending,
    }
    if filters := expression.condition(plan.rest):
        request["FilterExpression"] = filters
    if plan.fields is not None and not plan.fetched:
        own = [*key_fields(plan.model), *([plan.index.range] if plan.index.range else []), *plan.fields]
        request["ProjectionExpression"] = ", ".join(dict.fromkeys(expression.name(field.column) for field in own))
    if limit:
        request["Limit"] = limit
    return request | expression.placeholders()
