"""DynamoDB's own verbs over models: one item, several at once, or all or none.

Update(Code, key, {"attempts": Add(1)}, when=Q(attempts__lt=6)).run()     # one conditional write
transact(Put(entry), Update(...), Delete(...))                            # all or none
address, caller = batch_get((Address, "a@b.example"), (Caller, "…"))      # one consistent read
"""

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Field, Model, Q
from django.db.utils import OperationalError

from .client import Attributes, TransactionConflict, TransactionRefused, call, table_name
from .expressions import Expression, unique_times
from .fields import dump, load

M = TypeVar("M", bound=Model)

CONFLICT_RETRIES = 2
BATCH_ATTEMPTS = 5
BATCH_PUTS = 25


def key_of(model: type[Model], pk: Any) -> Attributes:
    """The key attributes of an item."""
    pk_field = model._meta.pk
    return {pk_field.column: dump(pk_field, pk)}


def to_item(instance: Model) -> Attributes:
    """An instance as an item, after each field's `pre_save`. What has no value is left out."""
    adding = instance._state.adding
    pairs = ((f.column, dump(f, f.pre_save(instance, adding))) for f in instance._meta.concrete_fields)
    return {column: attribute for column, attribute in pairs if attribute is not None}


def from_item(model: type[M], item: Attributes, fields: Sequence[Field] = ()) -> M:
    """An item as an instance, the other fields deferred if some are named. What isn't declared is ignored."""
    fields = fields or model._meta.concrete_fields
    values = [load(f, item.get(f.column)) for f in fields]
    return model.from_db("default", [f.attname for f in fields], values)


@dataclass(frozen=True)
class Operation:
    """What is common to all: the table, the condition, and how a request is put together."""

    def parameters(self) -> dict[str, Any]:
        raise NotImplementedError

    def run(self) -> Any:
        raise NotImplementedError


def _request(model: type[Model], expression: Expression, when: Q | None, **rest: Any) -> dict[str, Any]:
    request = {"TableName": table_name(model._meta.db_table), **rest}
    if condition := expression.condition(when or Q()):
        request["ConditionExpression"] = condition
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request | expression.placeholders()


@dataclass(frozen=True)
class Put(Operation):
    """Writes a whole item, over any that is there unless `when` forbids it."""

    instance: Model
    when: Q | None = None

    def parameters(self) -> dict[str, Any]:
        model = type(self.instance)
        return _request(model, Expression(model), self.when, Item=to_item(self.instance))

    def run(self) -> None:
        """Raises ConditionFailed."""
        call("put_item", **self.parameters())


@dataclass(frozen=True)
class Update(Operation):
    """Changes some attributes; an item that isn't there is made, unless `when` forbids it."""

    model: type[Model]
    pk: Any
    changes: Mapping[str, Any] = field(default_factory=dict)
    when: Q | None = None

    def parameters(self) -> dict[str, Any]:
        expression = Expression(self.model)
        update = expression.update(unique_times(self.model, self.pk, self.changes))
        return _request(self.model, expression, self.when, Key=key_of(self.model, self.pk), UpdateExpression=update)

    def run(self) -> Any:
        """The item as it is now, as an instance. Raises ConditionFailed with the old one."""
        answer = call("update_item", **self.parameters(), ReturnValues="ALL_NEW")
        return from_item(self.model, answer["Attributes"])


@dataclass(frozen=True)
class Delete(Operation):
    """Removes an item; one that isn't there is no error, unless `when` says so."""

    model: type[Model]
    pk: Any
    when: Q | None = None

    def parameters(self) -> dict[str, Any]:
        return _request(self.model, Expression(self.model), self.when, Key=key_of(self.model, self.pk))

    def run(self) -> None:
        """Raises ConditionFailed."""
        call("delete_item", **self.parameters())


@dataclass(frozen=True)
class Check(Operation):
    """Changes nothing, but lets a transaction pass only while `when` holds."""

    model: type[Model]
    pk: Any
    when: Q = field(default_factory=Q)

    def parameters(self) -> dict[str, Any]:
        return _request(self.model, Expression(self.model), self.when, Key=key_of(self.model, self.pk))


_IN_TRANSACTION = {Put: "Put", Update: "Update", Delete: "Delete", Check: "ConditionCheck"}


def transact(*operations: Operation, **named: Operation) -> None:
    """Do all of up to 100 writes, or none. Raises TransactionRefused with the old items, by name or position.

    A conflict with another transaction is tried again twice, after a moment of random length; botocore doesn't.
    """
    writes: dict[int | str, Operation] = {**dict(enumerate(operations)), **named}
    names = list(writes)
    items = [{_IN_TRANSACTION[type(write)]: write.parameters()} for write in writes.values()]
    for attempt in range(CONFLICT_RETRIES + 1):
        try:
            call("transact_write_items", TransactItems=items)
            return
        except TransactionRefused as refusal:
            refusal.failed = {
                name: refusal.failed[place] for place, name in enumerate(names) if place in refusal.failed
            }
            raise
        except TransactionConflict:
            if attempt == CONFLICT_RETRIES:
                raise
            time.sleep(random.uniform(0.02, 0.1) * (attempt + 1))  # noqa: S311 - only spreads the retries


def get(model: type[M], pk: Any, *, consistent: bool = True) -> M | None:
    """One item by its key, as it is after every write that was answered."""
    item = get_item(model, pk, consistent=consistent)
    return None if item is None else from_item(model, item)


def get_item(model: type[Model], pk: Any, *, consistent: bool = True) -> Attributes | None:
    """The same, as DynamoDB holds it."""
    table = table_name(model._meta.db_table)
    return call("get_item", TableName=table, Key=key_of(model, pk), ConsistentRead=consistent).get("Item")


def batch_get(*wanted: tuple[type[Model], Any]) -> list[Any]:
    """Up to 100 items of any tables in one consistent read, in the order asked; None for one that isn't there."""
    models = {table_name(model._meta.db_table): model for model, _ in wanted}
    requests = {name: {"Keys": _keys(model, wanted), "ConsistentRead": True} for name, model in models.items()}
    found: dict[tuple[type[Model], Any], Model] = {}
    for name, item in batch_items(requests):
        instance = from_item(models[name], item)
        found[models[name], instance.pk] = instance
    return [found.get(each) for each in wanted]


def batch_items(requests: dict[str, Any]) -> Iterator[tuple[str, Attributes]]:
    """The items of a BatchGetItem request as (table, item), in no order. What DynamoDB put off is asked for again."""
    for _ in _attempts("batch_get_item"):
        answer = call("batch_get_item", RequestItems=requests)
        for name, items in answer["Responses"].items():
            yield from ((name, item) for item in items)
        if not (requests := answer.get("UnprocessedKeys", {})):
            return


def batch_put(*instances: Model) -> None:
    """Write whole items, over any that are there, 25 in a request: the cheapest way to write many. Not all or none."""
    for start in range(0, len(instances), BATCH_PUTS):
        puts: dict[str, Any] = {}
        for instance in instances[start : start + BATCH_PUTS]:
            put = {"PutRequest": {"Item": to_item(instance)}}
            puts.setdefault(table_name(instance._meta.db_table), []).append(put)
        for _ in _attempts("batch_write_item"):
            if not (puts := call("batch_write_item", RequestItems=puts).get("UnprocessedItems", {})):
                break


def _attempts(operation: str) -> Iterator[int]:
    """Once, and again after growing waits of random length; OperationalError when that wasn't enough."""
    for attempt in range(BATCH_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0.02, 0.05) * 2**attempt)  # noqa: S311 - only spreads the retries
        yield attempt
    raise OperationalError(f"DynamoDB {operation}: throttled")


def _keys(model: type[Model], wanted: Iterable[tuple[type[Model], Any]]) -> list[Attributes]:
    return [key_of(model, pk) for pk in dict.fromkeys(pk for each, pk in wanted if each is model)]
