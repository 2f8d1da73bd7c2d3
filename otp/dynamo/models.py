"""`Model`: what an application's models subclass to live in DynamoDB."""

from typing import Any

from django.db import models
from django.db.models.signals import post_delete, pre_delete

from .client import ConditionFailed
from .keys import key_fields
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
        """A new instance is inserted, one that was read is updated; neither ever becomes the other.

        Raises IntegrityError when an item with a new instance's key is there, DatabaseError when the item that was
        read isn't there any more: it stays deleted.
        """
        options |= dict(zip(("force_insert", "force_update", "using", "update_fields"), args, strict=False))
        if not any(options.get(option) for option in ("force_insert", "force_update", "update_fields")):
            options["force_insert" if self._state.adding else "force_update"] = True
        super().save(**options)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete the item, in one request. How many that were, 0 or 1, as Django returns it."""
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
