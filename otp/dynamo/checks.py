"""System checks that refuse models which DynamoDB can't store, each with a remedy."""

import re
from collections.abc import Iterator
from typing import Any

import django
from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.db import models
from django.db.utils import NotSupportedError

from .fields import CollectionField, PartitionField, SetField, UniqueTimeField
from .indexes import indexes
from .keys import CompositeKeyField, key_fields
from .models import Model
from .values import attribute_type

SUPPORTED = ((5, 2), (6, 1))  # the first and the last Django that the tests ran on
NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
# Fields whose values can be stored; subclasses included.
STORABLE = (
    *(models.CharField, models.TextField, models.IntegerField, models.DecimalField, models.BooleanField),
    *(models.DateField, models.UUIDField, models.BinaryField, models.JSONField, models.FileField),
    *(models.GenericIPAddressField, models.ForeignKey, CollectionField),
)


def check_models(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The errors of all models of this layer."""
    wanted = {config.label for config in app_configs} if app_configs else None
    found = [
        error
        for model in apps.get_models()
        if issubclass(model, Model) and not model._meta.proxy and (not wanted or model._meta.app_label in wanted)
        for error in check_model(model)
    ]
    if not SUPPORTED[0] <= django.VERSION[:2] <= SUPPORTED[1]:
        found.append(_error(None, 1, f"Django {django.__version__} is not supported", "Use Django 5.2 to 6.1."))
    return found


def check_model(model: type[models.Model]) -> Iterator[CheckMessage]:
    """The errors of one model."""
    for field in model._meta.concrete_fields:
        yield from _field(field)
    yield from _key(model)
    yield from _table(model)
    yield from _indexes(model)


def _error(where: Any, number: int, what: str, remedy: str) -> Error:
    return Error(f"{what}.", hint=remedy, obj=where, id=f"dynamo.E{number:03}")


def _field(field: models.Field) -> Iterator[CheckMessage]:
    if isinstance(field, models.AutoField | models.BigAutoField | models.SmallAutoField):
        yield _error(field, 2, "DynamoDB generates no keys", "Declare a primary key: a CharField, or a UUIDField.")
    elif not isinstance(field, STORABLE):
        yield _error(field, 3, "DynamoDB has no type for this field", "Use a DecimalField, IntegerField or CharField.")
    if field.unique and not (field.primary_key or isinstance(field, UniqueTimeField)):
        yield _error(field, 4, "In DynamoDB only keys are unique", "Make it the primary key, or drop unique.")
    if getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED:
        yield _error(field, 5, "DynamoDB has no defaults of its own", "Use default instead of db_default.")
    if isinstance(field, SetField) and field.null:
        yield _error(field, 6, "DynamoDB can't tell an empty set from none", "Drop null=True.")
    if isinstance(field, models.ForeignKey):
        yield from _relation(field)


def _relation(field: models.ForeignKey) -> Iterator[CheckMessage]:
    if field.remote_field.on_delete is not models.DO_NOTHING:
        yield _error(field, 7, "DynamoDB has no referential actions", "Use on_delete=DO_NOTHING.")
    target = field.remote_field.model
    if not (isinstance(target, type) and issubclass(target, Model)):
        yield _error(field, 8, "This refers to a model of another database", "Keep its key in a CharField.")
    elif not field.target_field.primary_key:
        yield _error(field, 9, "DynamoDB finds items by their keys only", "Refer to the primary key: drop to_field.")


def _key(model: type[models.Model]) -> Iterator[CheckMessage]:
    pk = model._meta.pk
    if not isinstance(pk, CompositeKeyField):
        return
    for half in key_fields(model):
        if half.null or isinstance(half, PartitionField | models.BinaryField | models.ForeignKey) or half.unique:
            yield _error(half, 10, "Both parts of a key must be plain texts, numbers or times", "Drop null and unique.")


def _table(model: type[models.Model]) -> Iterator[CheckMessage]:
    options = model._meta
    if options.constraints or options.unique_together:
        yield _error(model, 11, "DynamoDB has no constraints", "Drop constraints and unique_together.")
    if options.many_to_many:
        yield _error(model, 12, "DynamoDB has no many-to-many relations", "Use a ListField of keys.")
    for name in (options.db_table, *(index.name for index in options.indexes)):
        if not NAME.fullmatch(name):
            hint = "Use 3 to 255 letters of A to Z, digits, and _ . -"
            yield _error(model, 13, f"{name!r} is not a valid name of a table or index", hint)


def _indexes(model: type[models.Model]) -> Iterator[CheckMessage]:
    try:
        found = indexes(model)
    except NotSupportedError as error:
        yield _error(model, 14, str(error), "Name one field to find items by, and maybe one to order them by.")
        return
    for index, declared in zip(found, model._meta.indexes, strict=True):
        if index.range and index.range.null and not getattr(declared, "sparse", False):
            what = f"Index {index.name} lacks the items whose {index.range.name} is null"
            yield _error(model, 15, what, "Drop null=True, or use otp.dynamo.indexes.Index with sparse=True.")
        for field in (index.hash, index.range):
            if field is not None:
                yield from _index_key(model, index.name, field)


def _index_key(model: type[models.Model], name: str | None, field: models.Field) -> Iterator[CheckMessage]:
    if isinstance(field, CompositeKeyField):
        yield _error(model, 16, f"Index {name} is on a key that isn't stored", "Use one of the fields that it names.")
        return
    try:
        attribute_type(field)
    except NotSupportedError as error:
        yield _error(model, 17, f"Index {name}: {error}", "Use a field of text, numbers, bytes or times.")
