"""Shortcuts for moto, which otherwise takes up to a second per thousand items: to answer with them, to pass them in an
index, and for every transaction on a table that holds them. What is answered and stored stays the same.
"""

import base64
import copy
from collections import defaultdict
from typing import Any


def take() -> None:
    """Put them in place. Twice does no harm."""
    from moto.core.serialize import BaseJSONSerializer
    from moto.dynamodb.models import DynamoDBBackend, Table
    from moto.dynamodb.models.dynamo_type import Item

    if "__deepcopy__" in vars(Table):
        return
    BaseJSONSerializer._serialize_type_map = _passing_items(BaseJSONSerializer._serialize_type_map)
    DynamoDBBackend.update_item = _on_a_copy(DynamoDBBackend.update_item)
    Table.__deepcopy__ = _sharing_items
    Item.size = _measured_once(Item.size)


def _passing_items(serialize_map: Any) -> Any:
    """An item's attributes are held as DynamoDB words them: nothing to look up in the service's model, one by one."""

    def serialize(self: Any, serialized: dict[str, Any], value: Any, shape: Any, key: str) -> None:
        if shape.value.name == "AttributeValue":
            self._default_serialize(serialized, _worded(value), shape, key)
        else:
            serialize_map(self, serialized, value, shape, key)

    return serialize


def _worded(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _worded(each) for key, each in value.items()}
    return [_worded(each) for each in value] if isinstance(value, list) else value


def _sharing_items(table: Any, memo: dict[int, Any]) -> Any:
    """The copy that a transaction rolls back to. It may share the items, since none is changed where it lies."""
    result = copy.copy(table)
    result.items = defaultdict(dict, table.items)
    if table.has_range_key:
        result.items.update({key: dict(items) for key, items in table.items.items()})
    return result


def _on_a_copy(update_item: Any) -> Any:
    """Alone of all writes an update changes an item where it lies: give it one that nobody shares."""

    def update(self: Any, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        table, item = self.get_table(table_name), self.get_item(table_name, key)
        if item is not None and table.has_range_key:
            table.items[item.hash_key][item.range_key] = copy.deepcopy(item)
        elif item is not None:
            table.items[item.hash_key] = copy.deepcopy(item)
        return update_item(self, table_name, key, *args, **kwargs)

    return update


def _measured_once(size: Any) -> Any:
    """A query measures every item that it passes. A changed item is another one: see `_on_a_copy`."""

    def measure(item: Any) -> int:
        if not hasattr(item, "measured"):
            item.measured = size(item)
        return item.measured

    return measure
