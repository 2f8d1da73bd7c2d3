"""Patches that make moto fast and small enough for thousands of items. What it stores and returns stays the same.

moto has no public way to change this. `tests/local/test_moto_patches.py` shows what each patch saves, and fails if a
newer moto doesn't need it any more.
"""

import base64
import copy
import functools
from collections import defaultdict
from typing import Any


def apply() -> None:
    """Apply the patches. Calling it again does nothing."""
    from moto.core.common_models import BaseModel
    from moto.core.serialize import BaseJSONSerializer
    from moto.dynamodb.models import DynamoDBBackend, Table

    if "__deepcopy__" in vars(Table):
        return
    BaseJSONSerializer._serialize_type_map = _with_plain_items(BaseJSONSerializer._serialize_type_map)
    Table.__deepcopy__ = _copy_with_shared_items
    DynamoDBBackend.update_item = _on_a_copy(DynamoDBBackend.update_item)
    BaseModel.__new__ = _untracked(BaseModel.__new__)


def _with_plain_items(serialize_map: Any) -> Any:
    """Serialize the attributes of an item directly: moto looks up each in the service's model."""

    @functools.wraps(serialize_map)
    def serialize(self: Any, serialized: dict[str, Any], value: Any, shape: Any, key: str) -> None:
        if shape.value.name == "AttributeValue":
            self._default_serialize(serialized, _as_json(value), shape, key)
        else:
            serialize_map(self, serialized, value, shape, key)

    return serialize


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _as_json(each) for key, each in value.items()}
    return [_as_json(each) for each in value] if isinstance(value, list) else value


def _copy_with_shared_items(table: Any, memo: dict[int, Any]) -> Any:
    """Copy a table, which moto does before each transaction, but share its items: no write changes one in place."""
    result = copy.copy(table)
    result.items = defaultdict(dict, table.items)
    if table.has_range_key:
        result.items.update({key: dict(items) for key, items in table.items.items()})
    return result


def _on_a_copy(update_item: Any) -> Any:
    """Replace an item by its copy before updating it. Updates are the only writes that change an item in place."""

    @functools.wraps(update_item)
    def update(self: Any, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        table, item = self.get_table(table_name), self.get_item(table_name, key)
        if item is not None and table.has_range_key:
            table.items[item.hash_key][item.range_key] = copy.deepcopy(item)
        elif item is not None:
            table.items[item.hash_key] = copy.deepcopy(item)
        return update_item(self, table_name, key, *args, **kwargs)

    return update


def _untracked(new: Any) -> Any:
    """Make objects without adding them to moto's list of all objects of their class, which only its dashboard reads.

    The list would keep each mail, and each copy of a table that a transaction made.
    """

    @functools.wraps(new)
    def make(cls: type, *args: Any, **kwargs: Any) -> Any:
        return object.__new__(cls)

    return make
