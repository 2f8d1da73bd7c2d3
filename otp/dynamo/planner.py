"""How a query is read: by its keys, or by an index. Never by a scan."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q
from django.db.models.sql import Query
from django.db.utils import NotSupportedError

from .where import condition, conjuncts, matches_nothing


@dataclass(frozen=True)
class ByKey:
    """Items by their keys; `rest` are the conditions that they must also meet."""

    model: type[Model]
    keys: list[Any]
    rest: Q


def plan(query: Query) -> ByKey:
    """The way to read a query. Raises NotSupportedError when there is none."""
    model = query.model
    if matches_nothing(query):
        return ByKey(model, [], Q())
    children = conjuncts(condition(query))
    name = model._meta.pk.name
    for bound in children:
        if isinstance(bound, tuple) and bound[0] in (f"{name}__exact", f"{name}__in"):
            keys = [bound[1]] if bound[0].endswith("__exact") else list(dict.fromkeys(bound[1]))
            return ByKey(model, keys, Q(*[each for each in children if each is not bound]))
    raise NotSupportedError(f"{model.__name__}: a query needs the primary key")
