"""The indexes that a model declares, as DynamoDB sees them."""

from dataclasses import dataclass

from django.db import models
from django.db.utils import NotSupportedError


@dataclass(frozen=True)
class Index:
    """A global secondary index: items by the value of `hash`, in the order of `range`."""

    name: str
    hash: models.Field
    range: models.Field | None

    def __str__(self) -> str:
        fields = [self.hash.name, *([self.range.name] if self.range else [])]
        return f"{self.name} ({', '.join(fields)})"


def indexes(model: type[models.Model]) -> list[Index]:
    """What stands in `Meta.indexes`: one field to find items by, and maybe one to order them by."""
    return [_index(model, each) for each in model._meta.indexes]


def _index(model: type[models.Model], declared: models.Index) -> Index:
    if not 1 <= len(declared.fields) <= 2 or any(order for _, order in declared.fields_orders):
        raise NotSupportedError(
            f"{model.__name__}: index {declared.name} needs one or two fields, in no direction: it is read both ways"
        )
    hash_field, *range_field = (model._meta.get_field(name) for name in declared.fields)
    return Index(declared.name, hash_field, range_field[0] if range_field else None)
