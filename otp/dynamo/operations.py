"""DynamoDB's operations on models: on one item, on several, or several in a transaction.

Update(Code, key, {"attempts": Add(1)}, when=Q(attempts__lt=6)).run()     # one conditional write
transact(Put(entry), Update(...), Delete(...))                            # all or none
address, caller = batch_get((Address, "a@b.example"), (Caller, "…"))      # one consistent read
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

from django.db.models import Field, Model, Q
from django.db.utils import NotSupportedError

from . import batches
from .client import Attributes, TransactionRefused, call, table
from .expressions import Expression, adds, moved_partitions, storable, unique_times
from .fields import PartitionField
from .keys import key_id, key_of, key_of_instance, other_fields, possible_key, stored, stored_fields
from .saving import forget_all, remember, stored_value
from .values import load
from .where import fields_of

M = TypeVar("M", bound=Model)

BATCH_PUTS = batches.WRITES
TRANSACTION = 100  # writes in one


def to_item(instance: Model, *, raw: bool = False) -> Attributes:
    """Convert an instance to an item, after each field's `pre_save`. With `raw`, for fixtures, `auto_now` is ignored.

    None and empty sets are left out. Raises IntegrityError for None in a field that isn't nullable, and DataError for
    an empty text in a field that an index uses.
    """
    item, adding = key_of_instance(instance), instance._state.adding
    for each in other_fields(type(instance)):
        as_it_is = raw and not isinstance(each, PartitionField)
        value = stored_value(instance, each) if as_it_is else each.pre_save(instance, adding)
        if (attribute := storable(each, value)) is not None:
            item[each.column] = attribute
    return item


def from_item(model: type[M], item: Attributes, fields: Sequence[Field] = ()) -> M:
    """Convert an item to an instance, without undeclared attributes. If `fields` are given, the others are deferred."""
    loaded = fields or model._meta.concrete_fields
    if fields:
        values = [load(f, stored(f, item)) for f in fields]
    else:
        values = [load(f, item.get(f.column)) for f in stored_fields(model)]
        values += [None] * (len(loaded) - len(values))  # for a composite key, the last field: its halves are set
    instance = model.from_db("default", [f.attname for f in loaded], values)
    remember(instance, item, fields)
    return instance


@dataclass(frozen=True)
class Operation:
    """Base class of the operations.

    Only a repeatable operation is sent again if its response is lost. `repeatable=True` declares that running it twice
    has the same effect as once, where the operation itself doesn't show it: for example, because its condition
    recognizes its own write.
    """

    def parameters(self) -> dict[str, Any]:
        raise NotImplementedError

    def run(self) -> Any:
        raise NotImplementedError


def _request(model: type[Model], expression: Expression, when: Q | None, **rest: Any) -> dict[str, Any]:
    request = {"TableName": table(model), **rest}
    if condition := expression.condition(when or Q()):
        request["ConditionExpression"] = condition
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request | expression.placeholders()


@dataclass(frozen=True)
class Put(Operation):
    """Writes a whole item. It replaces an existing one unless `when` forbids it."""

    instance: Model
    when: Q | None = None
    repeatable: bool | None = None
    raw: bool = False

    def parameters(self) -> dict[str, Any]:
        model = type(self.instance)
        return _request(model, Expression(model), self.when, Item=to_item(self.instance, raw=self.raw))

    def run(self) -> None:
        """Raises ConditionFailed, or OutcomeUnknown."""
        request = self.parameters()
        repeatable = not self.when if self.repeatable is None else self.repeatable
        with _writing((self.instance, request["Item"])):
            call("put_item", **request, repeatable=repeatable)


@dataclass(frozen=True)
class Update(Operation):
    """Changes some attributes. It creates a missing item unless `when` forbids it."""

    model: type[Model]
    pk: Any
    changes: Mapping[str, Any] = field(default_factory=dict)
    when: Q | None = None
    repeatable: bool | None = None

    def parameters(self) -> dict[str, Any]:
        expression = Expression(self.model)
        update = expression.update(unique_times(self.model, self.pk, self.changes))
        return _request(self.model, expression, self.when, Key=key_of(self.model, self.pk), UpdateExpression=update)

    def run(self) -> Any:
        """Returns the updated item as an instance. Raises ConditionFailed with the old item, or OutcomeUnknown."""
        repeatable = self._same_when_repeated() if self.repeatable is None else self.repeatable
        response = call("update_item", **self.parameters(), ReturnValues="ALL_NEW", repeatable=repeatable)
        return from_item(self.model, response["Attributes"])

    def _same_when_repeated(self) -> bool:
        """Whether it sets plain values only, and its condition uses none of the fields that it changes."""
        plain = not any(adds(change) for change in self.changes.values())
        changed = {*self.changes, *moved_partitions(self.model, self.changes)}
        return plain and fields_of(self.when or Q()).isdisjoint(changed)


@dataclass(frozen=True)
class Delete(Operation):
    """Deletes an item. A missing item is an error only if `when` requires it."""

    model: type[Model]
    pk: Any
    when: Q | None = None
    repeatable: bool | None = None

    def parameters(self) -> dict[str, Any]:
        return _request(self.model, Expression(self.model), self.when, Key=key_of(self.model, self.pk))

    def run(self) -> None:
        """Raises ConditionFailed, or OutcomeUnknown."""
        repeatable = not self.when if self.repeatable is None else self.repeatable
        call("delete_item", **self.parameters(), repeatable=repeatable)


@dataclass(frozen=True)
class Check(Operation):
    """A condition on an item that a transaction doesn't change: the transaction fails unless `when` holds."""

    model: type[Model]
    pk: Any
    when: Q = field(default_factory=Q)

    def parameters(self) -> dict[str, Any]:
        return _request(self.model, Expression(self.model), self.when, Key=key_of(self.model, self.pk))


@contextmanager
def _writing(*puts: tuple[Model, Attributes]) -> Iterator[None]:
    """Wraps a write of whole items. Until its response, the stored values are unknown."""
    for instance, _ in puts:
        forget_all(instance)
    yield
    for instance, item in puts:
        remember(instance, item)


_IN_TRANSACTION = {Put: "Put", Update: "Update", Delete: "Delete", Check: "ConditionCheck"}


def transact(*operations: Operation, **named: Operation) -> None:
    """Run up to 100 operations, all or none. Raises TransactionRefused with the old items, by name or position."""
    writes: dict[int | str, Operation] = dict(enumerate(operations))
    writes.update(named.items())
    _at_most(TRANSACTION, len(writes), "writes in a transaction")
    requests = [(write, write.parameters()) for write in writes.values()]
    items = [{_IN_TRANSACTION[type(write)]: request} for write, request in requests]
    puts = [(write.instance, request["Item"]) for write, request in requests if isinstance(write, Put)]
    try:
        with _writing(*puts):
            # The token makes it safe to repeat: DynamoDB remembers completed transactions for ten minutes.
            call("transact_write_items", TransactItems=items, ClientRequestToken=str(uuid4()))
    except TransactionRefused as refusal:
        failed = refusal.failed
        refusal.failed = {name: failed[place] for place, name in enumerate(writes) if place in failed}
        raise


def _at_most(limit: int, count: int, what: str) -> None:
    if count > limit:
        raise NotSupportedError(f"DynamoDB takes at most {limit} {what}, not {count}")


def get(model: type[M], pk: Any, *, consistent: bool = True) -> M | None:
    """Read one item by its key; None if it is missing. Strongly consistent by default."""
    item = get_item(model, pk, consistent=consistent)
    return None if item is None else from_item(model, item)


def get_item(model: type[Model], pk: Any, *, consistent: bool = True) -> Attributes | None:
    """As `get`, but returns the attributes."""
    if (key := possible_key(model, pk)) is None:
        return None
    return call("get_item", TableName=table(model), Key=key, ConsistentRead=consistent).get("Item")


def batch_get(*wanted: tuple[type[Model], Any]) -> list[Any]:
    """Read up to 100 items of any tables in one consistent request: in the order of the arguments, None if missing."""
    _at_most(batches.READS, len(wanted), "keys in a batch")
    keys = [(model, possible_key(model, pk)) for model, pk in wanted]
    models = {table(model): model for model, key in keys if key}
    unique = {(model, key_id(model, key)): key for model, key in keys if key}
    requests = {
        name: {"Keys": [key for (each, _), key in unique.items() if each is model], "ConsistentRead": True}
        for name, model in models.items()
    }
    found: dict[Any, Model] = {}
    for name, item in batches.items(requests) if requests else ():
        found[models[name], key_id(models[name], item)] = from_item(models[name], item)
    return [found.get((model, key_id(model, key))) if key else None for model, key in keys]


def batch_put(*instances: Model) -> None:
    """Write whole items, 25 in a request, replacing existing ones. It costs least for many, but isn't a transaction."""
    for start in range(0, len(instances), BATCH_PUTS):
        puts = [(instance, to_item(instance)) for instance in instances[start : start + BATCH_PUTS]]
        requests: dict[str, Any] = {}
        for instance, item in puts:
            requests.setdefault(table(type(instance)), []).append({"PutRequest": {"Item": item}})
        with _writing(*puts):
            batches.write(requests)
