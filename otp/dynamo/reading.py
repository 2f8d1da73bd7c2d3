"""Carries out what the planner decided: items by key, or streams of an index's partitions, merged."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Field
from django.db.utils import NotSupportedError

from .client import Attributes, call, table_name
from .expressions import Expression
from .fields import Attribute, load_value
from .matching import matches
from .operations import batch_items, get_item, key_of
from .planner import ByIndex, ByKey
from .ranges import Edge, Range

BATCH = 100  # keys in a BatchGetItem
SIFT = 500  # items looked at by one request that filters: fewer make more requests, more cost more
COUNT_LIMIT = 10_000  # items: counting reads them all, and DynamoDB charges for it


@dataclass(frozen=True)
class Position:
    """A place in an index's merged order: the sort key, the partition by number, the primary key."""

    range: Attribute | None
    partition: int
    pk: Attribute

    @property
    def rank(self) -> tuple[Any, int]:
        return (load_value(self.range) if self.range else None, self.partition)


# What a stream yields: an item, or None where a request ended and nothing further of it is known yet.
Step = tuple[Position, Attributes | None]


def items(way: ByKey | ByIndex, wanted: int | None = None) -> Iterator[Attributes]:
    """The items in their order; `wanted` says how many will be taken, so that no more are read."""
    if isinstance(way, ByKey):
        return iter(_by_key(way))
    limit = SIFT if way.rest and wanted else wanted
    return (item for _, item in steps(way, limit) if item is not None)


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
    if len(way.keys) == 1:
        item = get_item(way.model, way.keys[0])
        found = [item] if item else []
    else:
        found = _batches(way)
    kept = [item for item in found if matches(way.model, way.rest, item)]
    for field, descending in reversed(way.ordering):
        kept = _ordered(kept, field, descending)
    return kept


def _batches(way: ByKey) -> list[Attributes]:
    """The items in the order of the keys, of however many batches."""
    table, column = table_name(way.model._meta.db_table), way.model._meta.pk.column
    keys = [key_of(way.model, key) for key in way.keys]
    found: dict[Any, Attributes] = {}
    for start in range(0, len(keys), BATCH):
        request = {table: {"Keys": keys[start : start + BATCH], "ConsistentRead": True}}
        found |= {load_value(item[column]): item for _, item in batch_items(request)}
    wanted = [load_value(key[column]) for key in keys]
    return [found[key] for key in wanted if key in found]


def _ordered(found: list[Attributes], field: Field, descending: bool) -> list[Attributes]:
    """Ordered by one field; items without it come last, whatever the direction."""
    having = [item for item in found if field.column in item]
    having.sort(key=lambda item: load_value(item[field.column]), reverse=descending)
    return having + [item for item in found if field.column not in item]


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
    return Position(item[way.index.range.column] if way.index.range else None, number, item[way.model._meta.pk.column])


def _start_key(way: ByIndex, position: Position) -> Attributes:
    key = {way.model._meta.pk.column: position.pk, way.index.hash.column: way.partitions[position.partition]}
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
        "TableName": table_name(way.model._meta.db_table),
        "IndexName": way.index.name,
        "KeyConditionExpression": " AND ".join(key),
        "ScanIndexForward": not way.descending,
    }
    if filters := expression.condition(way.rest):
        request["FilterExpression"] = filters
    if limit:
        request["Limit"] = limit
    return request | expression.placeholders()
