"""Count write units by AWS's rules, from each request and its items before and after.

A write costs one unit per kilobyte, rounded up, of the larger item, and twice that in a transaction. An index costs its
own units, which a transaction doesn't double: once if the projected item changes, twice if it moves to another key, and
nothing if it stays the same. DynamoDB Local counts differently, and moto doesn't count.
"""

from collections.abc import Iterator
from typing import Any

Item = dict[str, Any]
Write = tuple[str, Item, Item | None]  # the table, the key, and the item before

KILOBYTE = 1024
SINGLE = ("PutItem", "UpdateItem", "DeleteItem")


class Meter:
    """Counts the units that a DynamoDB client writes and reads within the block."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.writes: dict[str, int] = {}  # by table and index
        self.reads = 0  # one for each item of up to 4 KB
        self._pending: list[Write] = []

    def __enter__(self) -> "Meter":
        self.client.meta.events.register("provide-client-params.dynamodb", self._ask)
        self.client.meta.events.register("after-call.dynamodb", self._answered)
        return self

    def __exit__(self, *exception: object) -> None:
        self.client.meta.events.unregister("provide-client-params.dynamodb", self._ask)
        self.client.meta.events.unregister("after-call.dynamodb", self._answered)

    @property
    def total(self) -> int:
        return sum(self.writes.values())

    def _ask(self, params: Any, model: Any, **kwargs: Any) -> None:
        if model.name == "BatchGetItem":
            self.reads += sum(len(each["Keys"]) for each in params["RequestItems"].values())
        if writes := list(written(model.name, params)):
            self._pending = [(table, key, self._item(table, key)) for table, key in writes]

    def _answered(self, http_response: Any, model: Any, **kwargs: Any) -> None:
        if model.name not in (*SINGLE, "TransactWriteItems") or http_response.status_code != 200:
            return
        for table, key, before in self._pending:
            for name, units in spent(table, before, self._item(table, key), model.name == "TransactWriteItems"):
                self.writes[name] = self.writes.get(name, 0) + units

    def _item(self, table: str, key: Item) -> Item | None:
        found: Item | None = self.client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return found


def written(operation: str, request: Any) -> Iterator[tuple[str, Item]]:
    """The table and key of each item that a request writes."""
    from otp.dynamo.keys import key_in

    writes = [request] if operation in SINGLE else []
    if operation == "TransactWriteItems":
        writes = [write for each in request["TransactItems"] for write in each.values()]
    for write in writes:
        yield write["TableName"], write.get("Key") or key_in(model_of(write["TableName"]), write["Item"])


def spent(table: str, before: Item | None, after: Item | None, in_transaction: bool) -> Iterator[tuple[str, int]]:
    """The write units of one item's change, by table and index."""
    model = model_of(table)
    yield model._meta.db_table, (2 if in_transaction else 1) * max(kilobytes(before), kilobytes(after), 1)
    for index in model._meta.indexes:
        old, new = view(model, index, before), view(model, index, after)
        if old == new:
            continue
        places = [[each[column] for column in key_columns(model, index)] for each in (old, new) if each]
        same_place = len(places) == 2 and places[0] == places[1]
        sizes = kilobytes(old), kilobytes(new)
        yield index.name, max(sizes) if same_place else sum(sizes)


def view(model: Any, index: Any, item: Item | None) -> Item | None:
    """The attributes of an item that are projected into an index; None if the item isn't in it."""
    if item is None or not all(column in item for column in key_columns(model, index)):
        return None
    included = getattr(index, "projected", None)
    if included is None:
        return item
    from otp.dynamo.keys import key_fields

    fields = [*key_fields(model), *map(model._meta.get_field, [*index.fields, *included])]
    columns = {field.column for field in fields}
    return {column: value for column, value in item.items() if column in columns}


def key_columns(model: Any, index: Any) -> list[str]:
    return [model._meta.get_field(name).column for name in index.fields]


def kilobytes(item: Item | None) -> int:
    return 0 if item is None else -(-sum(len(name) + size(value) for name, value in item.items()) // KILOBYTE)


def size(value: Item) -> int:
    """The size of an attribute in bytes, as AWS documents it."""
    ((kind, content),) = value.items()
    if kind in ("L", "M"):
        parts = content if kind == "L" else content.values()
        return 3 + sum(1 + size(each) for each in parts) + (sum(map(len, content)) if kind == "M" else 0)
    if kind in ("SS", "NS", "BS"):
        return sum(map(len, content))
    if kind == "N":
        return len(content) // 2 + 2
    return len(content.encode()) if kind == "S" else 1 if kind in ("BOOL", "NULL") else len(content)


def model_of(table: str) -> Any:
    """The model of a table."""
    from django.apps import apps

    from otp.dynamo.client import table_name

    return next(model for model in apps.get_models() if table_name(model._meta.db_table) == table)
