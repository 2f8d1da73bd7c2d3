"""Carries out a plan: reads items by key, or the partitions of an index, merged."""

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

SIFT = 500  # items that one request with a filter looks at: fewer take more requests, more cost more
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


def items(way: ByKey | ByIndex, wanted: int | None = None) -> Iterator[Attributes]:
    """The items in order; no more are read than `wanted`, if that is given."""
    if isinstance(way, ByKey):
        return iter(_by_key(way))
    enough = wanted + 1 if wanted and way.ties else wanted  # one more, to see where the last tie ends
    found = (item for _, item in steps(way, SIFT if way.rest and wanted else enough) if item is not None)
    ordered = _ties_ordered(way, found) if way.ties else found
    return fetched(way, ordered, wanted) if way.fetched else ordered


def _ties_ordered(way: ByIndex, found: Iterator[Attributes]) -> Iterator[Attributes]:
    """The items, those with equal sort keys put into the order that was asked for."""
    column = way.index.range.column if way.index.range else ""
    for _, tied in groupby(found, lambda item: load_value(item[column])):
        yield from _sorted(list(tied), way.ties)


def fetched(way: ByIndex, found: Iterator[Attributes], wanted: int | None = None) -> Iterator[Attributes]:
    """The items that an index found, read from the table; without those that meet the condition no more."""
    while batch := list(islice(found, min(wanted or READS, READS))):
        keys = [key_in(way.model, item) for item in batch]
        there = batches.read(way.model, keys, **projection(way.model, way.needed))
        for item in batch:
            whole = there.get(key_id(way.model, item))
            if whole and matches(way.model, way.where, whole):
                yield whole


def count(way: ByKey | ByIndex, stop: int | None = None) -> int:
    """How many items there are, or `stop` once there are that many. Raises NotSupportedError over COUNT_LIMIT."""
    if isinstance(way, ByKey):
        return len(_by_key(way)[:stop])
    enough = None if way.range.dropped else stop
    limit = None if way.rest else enough
    found = looked_at = 0
    for answer in _counted(way, way.range, limit):
        found += answer["Count"]
        looked_at += answer["ScannedCount"]
        if enough and found >= enough:
            return enough
        if looked_at > COUNT_LIMIT:
            raise NotSupportedError(f"{way.model.__name__}: more than {COUNT_LIMIT} items to count; slice or filter")
    for edge in way.range.dropped:
        found -= sum(answer["Count"] for answer in _counted(way, Range(Edge(edge), Edge(edge)), None))
    return found if stop is None else min(found, stop)


def _counted(way: ByIndex, range_: Range, limit: int | None) -> Iterator[dict[str, Any]]:
    """The answers of Queries that count the items of a range, of all partitions."""
    way = replace(way, fields=None)  # DynamoDB refuses a projection here
    partitions = [] if way.range.empty else way.partitions
    requests = [query_request(way, partition, range_, limit) | {"Select": "COUNT"} for partition in partitions]
    for request, first in zip(requests, side_by_side(requests), strict=True):
        yield from _answers(request, first)


def _by_key(way: ByKey) -> list[Attributes]:
    keys = [key for each in way.keys if (key := possible_key(way.model, each))]
    options = projection(way.model, way.needed)
    if len(keys) == 1:
        item = call("get_item", TableName=table(way.model), Key=keys[0], ConsistentRead=True, **options).get("Item")
        found = [item] if item else []
    else:
        there = batches.read(way.model, keys, **options)
        found = [there[key] for key in dict.fromkeys(key_id(way.model, key) for key in keys) if key in there]
    return _sorted([item for item in found if matches(way.model, way.rest, item)], way.ordering)


def _sorted(found: list[Attributes], order: Ordering) -> list[Attributes]:
    """In that order. What has no value comes before all that have one, as in SQLite and MySQL."""
    for field, descending in reversed(order):
        found = sorted(found, key=lambda item: _rank(item.get(field.column)), reverse=descending)
    return found


def _rank(attribute: Attribute | None) -> tuple[Any, ...]:
    return () if attribute is None else (load_value(attribute),)


def projection(model: type[Model], fields: Fields) -> dict[str, Any]:
    """The parameters that ask for these fields and the key of each item; none for all fields."""
    if fields is None:
        return {}
    expression = Expression(model)
    names = dict.fromkeys(expression.name(field.column) for field in [*key_fields(model), *fields])
    return {"ProjectionExpression": ", ".join(names), **expression.placeholders()}


# -- streams -----------------------------------------------------------------------------------------------------------


def steps(way: ByIndex, limit: int | None, after: Position | None = None) -> Iterator[Step]:
    """The items of an index from a position on, merged in order. `limit`: how many items one request looks at.

    The order is by sort key, then by partition, and reversed if descending. So a position determines for each
    partition what comes after it.
    """
    asked = [
        (number, range_, _stream_request(way, number, range_, limit, after))
        for number in range(len(way.partitions))
        if (range_ := _remaining(way, number, after)) and not range_.empty
    ]
    # Merging needs the first item of every partition, so all of them are read at once.
    firsts = side_by_side([request for _, _, request in asked])
    streams = [_stream(way, *each, first) for each, first in zip(asked, firsts, strict=True)]
    yield from heapq.merge(*streams, key=lambda step: step[0].rank, reverse=way.descending)


def side_by_side(queries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers to several Query requests, `PARALLEL` of them at a time."""
    if len(queries) < 2:
        return [call("query", **query) for query in queries]
    with ThreadPoolExecutor(min(len(queries), PARALLEL)) as threads:
        return list(threads.map(lambda query: call("query", **query), queries))


def _remaining(way: ByIndex, number: int, after: Position | None) -> Range | None:
    """What of the range comes after a position in a partition; None for nothing."""
    if after is None or after.partition == number:
        return way.range  # here DynamoDB continues after the key
    gone = (number < after.partition) != way.descending  # whether items with an equal sort key come before the position
    if after.range is None:
        return None if gone else way.range
    edge = Edge(after.range, open=gone)
    return way.range.below(edge) if way.descending else way.range.above(edge)


def _stream_request(
    way: ByIndex, number: int, range_: Range, limit: int | None, after: Position | None
) -> dict[str, Any]:
    request = query_request(way, way.partitions[number], range_, limit)
    if after and after.partition == number:
        request["ExclusiveStartKey"] = _start_key(way, after)
    return request


def _stream(way: ByIndex, number: int, range_: Range, request: dict[str, Any], first: dict[str, Any]) -> Iterator[Step]:
    """The items of one partition, beginning with the first answer."""
    dropped = [load_value(edge) for edge in range_.dropped]
    for answer in _answers(request, first):
        for item in answer["Items"]:
            position = _position(way, number, item)
            if position.rank[0] not in dropped:
                yield position, item
        if "LastEvaluatedKey" in answer:
            yield _position(way, number, answer["LastEvaluatedKey"]), None


def _position(way: ByIndex, number: int, item: Attributes) -> Position:
    range_ = item[way.index.range.column] if way.index.range else None
    return Position(range_, number, key_in(way.model, item))


def _start_key(way: ByIndex, position: Position) -> Attributes:
    key = {**position.key, way.index.hash.column: way.partitions[position.partition]}
    if way.index.range and position.range:
        key[way.index.range.column] = position.range
    return key


def _answers(request: dict[str, Any], answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The first answer to a Query, and all that follow it."""
    yield answer
    while key := answer.get("LastEvaluatedKey"):
        answer = call("query", **{**request, "ExclusiveStartKey": key})
        yield answer


def query_request(way: ByIndex, partition: Attribute, range_: Range, limit: int | None) -> dict[str, Any]:
    """The Query for one partition of an index."""
    expression = Expression(way.model)
    key = [f"{expression.name(way.index.hash.column)} = {expression.value(partition)}"]
    if way.index.range:
        key += range_.condition(expression, way.index.range)
    request: dict[str, Any] = {
        "TableName": table(way.model),
        **({"IndexName": way.index.name} if way.index.name else {"ConsistentRead": True}),
        "KeyConditionExpression": " AND ".join(key),
        "ScanIndexForward": not way.descending,
    }
    if filters := expression.condition(way.rest):
        request["FilterExpression"] = filters
    if way.fields is not None and not way.fetched:
        own = [*key_fields(way.model), *([way.index.range] if way.index.range else []), *way.fields]
        request["ProjectionExpression"] = ", ".join(dict.fromkeys(expression.name(field.column) for field in own))
    if limit:
        request["Limit"] = limit
    return request | expression.placeholders()
