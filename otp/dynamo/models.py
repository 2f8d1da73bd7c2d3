"""`Model`: the base class of models that are stored in DynamoDB."""

from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models.signals import post_delete, pre_delete

from . import saving
from .client import ConditionFailed
from .keys import key_fields, stored_fields
from .operations import Delete
from .queryset import QuerySet

__all__ = ["Manager", "Model", "QuerySet"]


class Manager(models.Manager.from_queryset(QuerySet)):  # type: ignore[misc]
    """The default manager. A manager of your own is a subclass of this one."""


class Model(models.Model):
    """A table. A subclass declares its fields and, in a `class Meta(Model.Meta)`, its `db_table` and `indexes`."""

    objects = Manager()

    class Meta:
        abstract = True
        managed = False
        base_manager_name = "objects"

    def save(self, *args: Any, **options: Any) -> None:
        """Insert a new instance, or update one that was read: the fields that changed since, or `update_fields`.

        Raises IntegrityError if a new instance's key exists, and DatabaseError if the item that was read has been
        deleted; it isn't created again.
        """
        options |= dict(zip(("force_insert", "force_update", "using", "update_fields"), args, strict=False))
        if not any(options.get(option) for option in ("force_insert", "force_update", "update_fields")):
            options["force_insert" if self._state.adding else "force_update"] = True
        saving.forget(self, self._named(options.get("update_fields") or ()))
        super().save(**options)

    def _do_update(self, base_qs: Any, using: Any, pk_val: Any, values: Any, update_fields: Any, *options: Any) -> Any:
        """What Django's `save()` calls: writes what changed. If nothing did, it asks whether the item is there."""
        changed = saving.changed(self, values)
        saving.forget(self, [field for field, _, _ in changed])
        updated = super()._do_update(base_qs, using, pk_val, changed, None, *options)
        if updated:
            saving.note(self, changed)
        return updated

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        """Read the item again. `save()` then compares with its current values."""
        super().refresh_from_db(using, fields, from_queryset)
        read = self._named(fields) if fields else stored_fields(type(self))
        loaded = [field for field in read if field.attname not in self.get_deferred_fields()]
        saving.note(self, [(field, None, saving.stored_value(self, field)) for field in loaded])

    def _named(self, names: Collection[str]) -> list[models.Field]:
        return [field for field in stored_fields(type(self)) if field.name in names or field.attname in names]

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete the item in one request. Returns the number deleted (0 or 1), in total and by model, like Django."""
        if self.pk is None:
            raise ValueError(f"{type(self).__name__}: no key to delete by")
        pre_delete.send(sender=type(self), instance=self, using="default", origin=self)
        try:
            Delete(type(self), self.pk, when=models.Q(pk__isnull=False)).run()
        except ConditionFailed:
            deleted = 0
        else:
            deleted = 1
        post_delete.send(sender=type(self), instance=self, using="default", origin=self)
        for field in key_fields(type(self)):
            setattr(self, field.attname, None)  # as Django: what is deleted has no key any more
        return deleted, {self._meta.label: deleted} if deleted else {}
