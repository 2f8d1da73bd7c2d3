"""DynamoDB's own verbs over models: one item, several at once, or all or none.

Update(Code, key, {"attempts": Add(1)}, when=Q(attempts__lt=6)).run()     # one conditional write
transact(Put(entry), Update(...), Delete(...))                            # all or none
address, caller = batch_get((Address, "a@b.example"), (Caller, "…"))      # one consistent read
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

from django.db.models import Field, Model, Q

from . import batches
from .client import Attributes, TransactionRefused, call, table
from .expressions import Expression, adds, moved, storable, unique_times
from .fields import PartitionField, UniqueTimeField
from .keys import key_id, key_of, possible_key, stored, stored_fields
from .values import load
from .where import fields_of

M = TypeVar("M", bound=Model)

BATCH_PUTS = batches.WRITES


def to_item(instance: Model, *, raw: bool = False) -> Attributes:
    """An instance as an item, after each field's `pre_save`; `raw` for a fixture's, whose times stay as they are.

    What has no value is left out. Raises IntegrityError for None in a field that isn't nullable, and DataError for an
    empty text that an index would find the item by.
    """
    model = type(instance)
    key = key_of(model, instance.pk)
    pairs = {f.column: storable(f, _value(instance, f, raw)) for f in stored_fields(model)}
    return {column: attribute for column, attribute in pairs.items() if attribute is not None} | key


def _value(instance: Model, field: Field, raw: bool) -> Any:
    if not raw or isinstance(field, PartitionField):
        return field.pre_save(instance, instance._state.adding)
    value = getattr(instance, field.attname)
    return field.with_key(value, instance.pk) if isinstance(field, UniqueTimeField) else value


def from_item(model: type[M], item: Attributes, fields: Sequence[Field] = ()) -> M:
    """An item as an instance, the other fields deferred if some are named. What isn't declared is ignored."""
    fields = fields or model._meta.concrete_fields
    values = [load(f, stored(f, item)) for f in fields]
    return model.from_db("default", [f.attname for f in fields], values)


@dataclass(frozen=True)
class Operation:
    """What is common to all: the table, the condition, and how a request is put together.

    `repeatable` says that carrying it out twice is the same as once, for whoever knows more than can be seen from it:
    of conditions that recognize their own write, say. Only what is repeatable is sent again when its answer is lost.
    """

    def parameters(self) -> dict[str, Any]:
        raise NotImplementedError

    def run(self) -> Any:
        raise NotImplementedError


def _either(said: bool | None, seen: bool) -> bool:
    return seen if said is None else said


def _request(model: type[Model], expression: Expression, when: Q | None, **rest: Any) -> dict[str, Any]:
    request = {"TableName": table(model), **rest}
    if condition := expression.condition(when or Q()):
        request["ConditionExpression"] = condition
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request | expression.placeholders()


@dataclass(frozen=True)
class Put(Operation):
    """Writes a whole item, over any that is there unless `when` forbids it."""

    instance: Model
    when: Q | None = None
    repeatable: bool | None = None
    raw: bool = False

    def parameters(self) -> dict[str, Any]:
        model = type(self.instance)
        return _request(model, Expression(model), self.when, Item=to_item(self.instance, raw=self.raw))

    def run(self) -> None:
        """Raises ConditionFailed, or OutcomeUnknown."""
        call("put_item", **self.parameters(), repeatable=_either(self.repeatable, not self.when))


@dataclass(frozen=True)
class Update(Operation):
    """Changes some attributes; an item that isn't there is made, unless `when` forbids it."""

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
        """The item as it is now, as an instance. Raises ConditionFailed with the old one, or OutcomeUnknown."""
        repeatable = _either(self.repeatable, self._same_when_repeated())
        answer = call("update_item", **self.parameters(), ReturnValues="ALL_NEW", repeatable=repeatable)
        return from_item(self.model, answer["Attributes"])

    def _same_when_repeated(self) -> bool:
        """Whether it sets plain values, and its condition looks at nothing that it changes."""
        plain = not any(adds(change) for change in self.changes.values())
        return plain and fields_of(self.when or Q()).isdisjoint({*self.changes, *moved(self.model, self.changes)})


@dataclass(frozen=True)
class Delete(Operation):
    """Removes an item; one that isn't there is no error, unless `when` says so."""

    model: type[Model]
    pk: Any
    when: Q | None = None
    repeatable: bool | None = None

    def parameters(self) -> dict[str, Any]:
        return _request(self.model, Expression(self.model), self.when, Key=key_of(self.model, self.pk))

    def run(self) -> None:
        """Raises ConditionFailed, or OutcomeUnknown."""
        call("delete_item", **self.parameters(), repeatable=_either(self.repeatable, not self.when))


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
    """Do all of up to 100 writes, or none. Raises TransactionRefused with the old items, by name or position."""
    writes: dict[int | str, Operation] = dict(enumerate(operations))
    writes.update(named.items())
    items = [{_IN_TRANSACTION[type(write)]: write.parameters()} for write in writes.values()]
    try:
        # The token makes it safe to repeat: DynamoDB knows for ten minutes what it carried out.
        call("transact_write_items", TransactItems=items, ClientRequestToken=str(uuid4()))
    except TransactionRefused as refusal:
        failed = refusal.failed
        refusal.failed = {name: failed[place] for place, name in enumerate(writes) if place in failed}
        raise


def get(model: type[M], pk: Any, *, consistent: bool = True) -> M | None:
    """One item by its key, as it is after every write that was answered."""
    item = get_item(model, pk, consistent=consistent)
    return None if item is None else from_item(model, item)


def get_item(model: type[Model], pk: Any, *, consistent: bool = True) -> Attributes | None:
    """The same, as DynamoDB holds it."""
    if (key := possible_key(model, pk)) is None:
        return None
    return call("get_item", TableName=table(model), Key=key, ConsistentRead=consistent).get("Item")


def batch_get(*wanted: tuple[type[Model], Any]) -> list[Any]:
    """Up to 100 items of any tables in one consistent read, in the order asked; None for one that isn't there."""
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
    """Write whole items, over any that are there, 25 in a request: the cheapest way to write many. Not all or none."""
    for start in range(0, len(instances), BATCH_PUTS):
        puts: dict[str, Any] = {}
        for instance in instances[start : start + BATCH_PUTS]:
            put = {"PutRequest": {"Item": to_item(instance)}}
            puts.setdefault(table(type(instance)), []).append(put)
        batches.write(puts)
