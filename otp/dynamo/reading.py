"""Carries out what the planner decided: items by key, or streams of an index's partitions, merged."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
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

SIFT = 500  # items looked at by one request that filters: fewer make more requests, more cost more
COUNT_LIMIT = 10_000  # items: counting reads them all, and DynamoDB charges for it


@dataclass(frozen=True)
class Position:
    """A place in an index's merged order: the sort key, the partition by number, the primary key's attributes."""

    range: Attribute | None
    partition: int
    key: Attributes

    @property
    def rank(self) -> tuple[Any, int]:
        return (load_value(self.range) if self.range else None, self.partition)


# What a stream yields: an item, or None where a request ended and nothing further of it is known yet.
Step = tuple[Position, Attributes | None]


def items(way: ByKey | ByIndex, wanted: int | None = None) -> Iterator[Attributes]:
    """The items in their order; `wanted` says how many will be taken, so that no more are read."""
    if isinstance(way, ByKey):
        return iter(_by_key(way))
    enough = wanted + 1 if wanted and way.ties else wanted  # one more, to see that no tie is cut
    found = (item for _, item in steps(way, SIFT if way.rest and wanted else enough) if item is not None)
    ordered = _ties_ordered(way, found) if way.ties else found
    return fetched(way, ordered, wanted) if way.fetched else ordered


def _ties_ordered(way: ByIndex, found: Iterator[Attributes]) -> Iterator[Attributes]:
    """The items with those of one range value in the order that is asked for, which the index doesn't have."""
    column = way.index.range.column if way.index.range else ""
    for _, tied in groupby(found, lambda item: load_value(item[column])):
        yield from _sorted(list(tied), way.ties)


def fetched(way: ByIndex, found: Iterator[Attributes], wanted: int | None = None) -> Iterator[Attributes]:
    """The whole items of those that an index gave, from the table: those that still are what was asked for."""
    while batch := list(islice(found, min(wanted or READS, READS))):
        there = batches.read(
            way.model, [key_in(way.model, item) for item in batch], **projection(way.model, way.fields)
        )
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
    for partition in [] if way.range.empty else way.partitions:
        for answer in _answers(query_request(way, partition, way.range, limit) | {"Select": "COUNT"}):
            found += answer["Count"]
            looked_at += answer["ScannedCount"]
            if enough and found >= enough:
                return enough
            if looked_at > COUNT_LIMIT:
                raise NotSupportedError(
                    f"{way.model.__name__}: more than {COUNT_LIMIT} items to count; slice or filter"
                )
        for edge in way.range.dropped:
            found -= _at_edge(way, partition, edge)
    return found if stop is None else min(found, stop)


def _at_edge(way: ByIndex, partition: Attribute, edge: Attribute) -> int:
    request = query_request(way, partition, Range(Edge(edge), Edge(edge)), None) | {"Select": "COUNT"}
    return sum(answer["Count"] for answer in _answers(request))


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
    """The parameters that ask for some attributes of each item, and its key; none for all."""
    if fields is None:
        return {}
    expression = Expression(model)
    names = dict.fromkeys(expression.name(field.column) for field in [*key_fields(model), *fields])
    return {"ProjectionExpression": ", ".join(names), **expression.placeholders()}


# -- streams -----------------------------------------------------------------------------------------------------------


def steps(way: ByIndex, limit: int | None, after: Position | None = None) -> Iterator[Step]:
    """All that is in the index from a position on, merged in its order. `limit` is what one request looks at.

    The order is by range, then by partition, and the other way round when descending: so a position says of each
    partition what came before it.
    """
    streams = [
        _stream(way, number, range_, limit, after)
        for number in range(len(way.partitions))
        if (range_ := _remaining(way, number, after)) and not range_.empty
    ]
    return heapq.merge(*streams, key=lambda step: step[0].rank, reverse=way.descending)


def _remaining(way: ByIndex, number: int, after: Position | None) -> Range | None:
    """What of the range is still to come in a partition; None for nothing."""
    if after is None or after.partition == number:
        return way.range  # here DynamoDB itself goes on behind the key
    gone = (number < after.partition) != way.descending  # what has the same sort key came before in this partition
    if after.range is None:
        return None if gone else way.range
    edge = Edge(after.range, open=gone)
    return way.range.below(edge) if way.descending else way.range.above(edge)


def _stream(way: ByIndex, number: int, range_: Range, limit: int | None, after: Position | None) -> Iterator[Step]:
    request = query_request(way, way.partitions[number], range_, limit)
    if after and after.partition == number:
        request["ExclusiveStartKey"] = _start_key(way, after)
    dropped = [load_value(edge) for edge in range_.dropped]
    for answer in _answers(request):
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


def _answers(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    while True:
        answer = call("query", **request)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


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
