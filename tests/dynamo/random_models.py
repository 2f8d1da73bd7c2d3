"""Random models, each declared twice: on DynamoDB, and for stock Django on SQLite; and random items for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import count
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from hypothesis import strategies as some

from otp.dynamo.checks import check_model
from otp.dynamo.client import call, table
from otp.dynamo.fields import EpochField, PartitionField
from otp.dynamo.indexes import Index
from otp.dynamo.keys import CompositeKeyField
from otp.dynamo.models import Model
from otp.dynamo.schema import definition

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXTS = some.sampled_from(["a", "ab", "abc", "b", "B", "é", "a%", "a_", "Ab"])
TIMES = some.integers(0, 4).map(lambda hours: NOON + timedelta(hours=hours))
NUMBER = some.integers(-2, 3)
# Of each kind of field: how it is declared here, how there, and its values.
KINDS: dict[str, tuple[Any, Any, Any]] = {
    "word": (*[lambda **o: models.CharField(max_length=20, **o)] * 2, TEXTS),
    "text": (models.TextField, models.TextField, TEXTS),
    "number": (models.IntegerField, models.IntegerField, NUMBER),
    "price": (
        *[lambda **o: models.DecimalField(max_digits=6, decimal_places=2, **o)] * 2,
        some.integers(-3, 6).map(lambda quarters: Decimal(quarters) / 4),
    ),
    "on": (models.BooleanField, models.BooleanField, some.booleans()),
    "at": (models.DateTimeField, models.DateTimeField, TIMES | TIMES.map(lambda at: at + timedelta(microseconds=5))),
    "day": (models.DateField, models.DateField, some.integers(1, 5).map(lambda day: date(2026, 3, day))),
    "lapse": (EpochField, models.DateTimeField, TIMES),
    "code": (models.UUIDField, models.UUIDField, some.integers(0, 4).map(lambda n: UUID(int=n * 7**30))),
}
IDS = {
    "word": (lambda **o: models.CharField(max_length=20, **o), [f"{n:02}" for n in range(10)]),
    "number": (models.IntegerField, [n - 3 for n in range(10)]),
}
OWNERS = {"word": ["ann", "bob", "eve"], "number": [1, 2, 3]}
names = count()


@dataclass
class Declared:
    """A model and its counterpart, the values that each field may have, and which indexes there are."""

    kinds: dict[str, str]
    nullable: set[str]
    ids: list[Any]
    id_kind: str
    owner: str | None = None  # the kind of the partition key, if the key has two fields
    indexes: list[tuple[str, str | None, list[str] | None]] = field(default_factory=list)
    partitions: dict[str, tuple[list[str], int]] = field(default_factory=dict)

    @cached_property
    def values(self) -> dict[str, Any]:
        """A strategy for the values of each field, but None."""
        owner = {"owner": some.sampled_from(OWNERS[self.owner])} if self.owner else {}
        kinds = {name: KINDS[kind][2] for name, kind in self.kinds.items()}
        return {"id": some.sampled_from(self.ids), **owner, **kinds}

    def of_kind(self, *kinds: str) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind in kinds]

    def model(self) -> type[Model]:
        made = {name: KINDS[kind][0](null=name in self.nullable) for name, kind in self.kinds.items()}
        made |= {name: PartitionField(*parts, shards=shards) for name, (parts, shards) in self.partitions.items()}
        if self.owner:
            made |= {
                "key": CompositeKeyField("owner", "id"),
                "owner": IDS[self.owner][0](),
                "id": IDS[self.id_kind][0](),
            }
        else:
            made["id"] = IDS[self.id_kind][0](primary_key=True)
        return self._declare(Model, made, [self._index(*index) for index in self.indexes])

    def _index(self, hash_field: str, range_field: str | None, include: list[str] | None) -> Index:
        both = [hash_field, *([range_field] if range_field else [])]
        sparse = not self.nullable.isdisjoint(both)
        return Index(fields=both, name=f"by_{'_'.join(both)}"[:30], include=include, sparse=sparse)

    def stock(self) -> type[models.Model]:
        made = {name: KINDS[kind][1](null=name in self.nullable) for name, kind in self.kinds.items()}
        owner = {"owner": IDS[self.owner][0]()} if self.owner else {}
        return self._declare(models.Model, {"id": IDS[self.id_kind][0](primary_key=True), **owner, **made}, [])

    def _declare(self, base: Any, fields: dict[str, Any], indexes: list[Any]) -> Any:
        name = f"Random{next(names)}"
        options = {"app_label": "random", "db_table": name.lower(), "indexes": indexes}
        bases = (base.Meta,) if hasattr(base, "Meta") else ()
        return type(name, (base,), {"__module__": __name__, "Meta": type("Meta", bases, options), **fields})


@some.composite
def declarations(draw: Any) -> Declared:
    """A model of three to six fields, with up to three indexes, some sparse, sharded, or without all fields."""
    kinds = {
        f"{kind}{n}": kind
        for n, kind in enumerate(draw(some.lists(some.sampled_from(list(KINDS)), min_size=3, max_size=6)))
    }
    id_kind = draw(some.sampled_from(list(IDS)))
    found = Declared(
        kinds=kinds,
        nullable=set(draw(some.lists(some.sampled_from(list(kinds)), max_size=3))),
        ids=IDS[id_kind][1],
        id_kind=id_kind,
        owner=draw(some.none() | some.sampled_from(list(OWNERS))),
    )
    ordered = [name for name, kind in kinds.items() if kind != "on"] + (["owner"] if found.owner else [])
    for n in range(draw(some.integers(0, 2))):
        found.partitions[f"part{n}"] = (
            draw(some.lists(some.sampled_from(list(kinds)), max_size=2, unique=True)),
            draw(some.integers(1, 3)),
        )
    hashes = [*ordered, *found.partitions] if ordered or found.partitions else []
    for _ in range(draw(some.integers(1, 3)) if hashes else 0):
        hash_field = draw(some.sampled_from(hashes))
        range_field = draw(some.sampled_from([None, *(name for name in [*ordered, "id"] if name != hash_field)]))
        include = draw(some.none() | some.lists(some.sampled_from(list(kinds)), max_size=3, unique=True))
        if (hash_field, range_field) not in [index[:2] for index in found.indexes]:
            found.indexes.append((hash_field, range_field, include))
    return found


@some.composite
def items(draw: Any, declared: Declared) -> list[dict[str, Any]]:
    """Up to ten items, as dicts of values. Their ids differ; else they have few values, so that many are equal."""
    pools = {name: draw(some.lists(each, min_size=1, max_size=3)) for name, each in declared.values.items()}
    values = {
        name: some.none() | some.sampled_from(pools[name])
        if name in declared.nullable
        else some.sampled_from(pools[name])
        for name in declared.values
        if name != "id"
    }
    rows = draw(some.lists(some.fixed_dictionaries(values), max_size=10))
    return [{"id": key, **row} for key, row in zip(declared.ids, rows, strict=False)]


@contextmanager
def on_both(declared: Declared, connection: Any) -> Iterator[tuple[type[Model], type[models.Model]]]:
    """Both models, with empty tables."""
    model, stock = declared.model(), declared.stock()
    assert list(check_model(model)) == []
    wanted = definition(model)
    wanted.pop("DeletionProtectionEnabled", None)
    call("create_table", **wanted)
    with connection.schema_editor() as editor:
        editor.create_model(stock)
    try:
        yield model, stock
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(stock)
        call("delete_table", TableName=table(model))
        apps.all_models.pop("random", None)
        apps.clear_cache()
