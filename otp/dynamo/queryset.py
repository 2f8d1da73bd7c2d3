"""Django's QuerySet over DynamoDB."""

from collections.abc import Iterator
from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.db.models.query import ModelIterable
from django.db.utils import NotSupportedError

from .client import ConditionFailed
from .operations import Delete, Put, Update, batch_get, get
from .planner import ByKey, plan

CHUNK = 100


class Instances(ModelIterable):
    def __iter__(self) -> Iterator[Any]:
        query = self.queryset.query
        yield from read(plan(query))[query.low_mark : query.high_mark]


def read(way: ByKey) -> list[Any]:
    if way.rest:
        raise NotSupportedError(f"{way.model.__name__}: a read by key takes no further condition yet")
    if len(way.keys) == 1:
        found = [get(way.model, way.keys[0])]
    else:
        chunks = [way.keys[start : start + CHUNK] for start in range(0, len(way.keys), CHUNK)]
        found = [each for chunk in chunks for each in batch_get(*((way.model, key) for key in chunk))]
    return [each for each in found if each is not None]


def unsupported(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotSupportedError(f"{self.model.__name__}: DynamoDB has no {name}()")

    return method


class QuerySet(models.QuerySet):
    """What DynamoDB serves of Django's QuerySet. Everything else raises NotSupportedError."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._iterable_class = Instances

    def count(self) -> int:
        return len(self)

    def exists(self) -> bool:
        return bool(len(self))

    def update(self, **changes: Any) -> int:
        """Change the items, each in one conditional write; how many still met the filter then."""
        way = plan(self.query)
        return sum(self._written(Update(self.model, key, changes, self._unchanged(way))) for key in way.keys)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the items, each in one conditional write; how many still met the filter then."""
        way = plan(self.query)
        deleted = sum(self._written(Delete(self.model, key, self._unchanged(way))) for key in way.keys)
        return deleted, {self.model._meta.label: deleted} if deleted else {}

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _unchanged(self, way: ByKey) -> Q:
        return Q(pk__isnull=False) & way.rest

    def _written(self, operation: Update | Delete) -> bool:
        try:
            operation.run()
        except ConditionFailed:
            return False
        return True

    def _update(self, values: list[tuple[Any, Any, Any]], *args: Any) -> int:
        return self.update(**{field.name: value for field, _, value in values})

    _update.alters_data = True  # type: ignore[attr-defined]
    _update.queryset_only = False  # type: ignore[attr-defined]

    def _insert(self, objs: list[Any], *args: Any, **kwargs: Any) -> list[Any]:
        for obj in objs:
            Put(obj, when=Q(pk__isnull=True)).run()
        return []

    _insert.alters_data = True  # type: ignore[attr-defined]
    _insert.queryset_only = False  # type: ignore[attr-defined]

    annotate = unsupported("annotate")
    alias = unsupported("alias")
    aggregate = unsupported("aggregate")
    distinct = unsupported("distinct")
    extra = unsupported("extra")
    raw = unsupported("raw")
    union = unsupported("union")
    intersection = unsupported("intersection")
    difference = unsupported("difference")
    values = unsupported("values")
    values_list = unsupported("values_list")
    select_for_update = unsupported("select_for_update")
    bulk_create = unsupported("bulk_create")
    bulk_update = unsupported("bulk_update")
    update_or_create = unsupported("update_or_create")
