"""The same model twice: on DynamoDB, and on SQLite by stock Django, which is asked the same questions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.backends.sqlite3.base import DatabaseWrapper

from otp.dynamo.fields import PartitionField
from otp.dynamo.indexes import Index
from otp.dynamo.keys import CompositeKeyField
from otp.dynamo.models import Model

ALIAS = "sqlite"


class Fields(models.Model):
    """What both have."""

    person = models.CharField(max_length=20)
    number = models.IntegerField()
    word = models.CharField(max_length=20, null=True)  # noqa: DJ001 - on purpose
    size = models.IntegerField(null=True)
    price = models.DecimalField(max_digits=6, decimal_places=2)
    on = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        abstract = True


class Thing(Fields, Model):
    id = models.CharField(primary_key=True, max_length=20)
    all = PartitionField(shards=2)

    class Meta(Model.Meta):
        app_label = "dynamo_tests"
        db_table = "things"
        indexes = [
            Index(fields=["all", "at"], name="things_by_time"),
            Index(fields=["person", "number"], name="things_by_number"),
            Index(fields=["person", "size"], name="things_by_size", sparse=True),
            Index(fields=["word", "price"], name="things_by_price", include=["number", "on"]),
        ]

    def __str__(self) -> str:
        return self.id


class Pair(Fields, Model):
    key = CompositeKeyField("person", "id")
    id = models.CharField(max_length=20)

    class Meta(Model.Meta):
        app_label = "dynamo_tests"
        db_table = "pairs"

    def __str__(self) -> str:
        return self.key


class StockThing(Fields):
    """On SQLite; it stands for both, as ids are unique."""

    id = models.CharField(primary_key=True, max_length=20)

    class Meta:
        app_label = "dynamo_tests"
        db_table = "things"

    def __str__(self) -> str:
        return self.id


@contextmanager
def sqlite() -> Iterator[Any]:
    """The manager of `StockThing` on a new SQLite in memory, whose LIKE minds the case, as DynamoDB does."""
    settings = connections.configure_settings({"default": {}, ALIAS: {"ENGINE": "x", "NAME": ":memory:"}})[ALIAS]
    connection = DatabaseWrapper(settings, ALIAS)
    connections.settings[ALIAS] = settings
    connections[ALIAS] = connection
    connection.inc_thread_sharing()
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA case_sensitive_like = ON")
        with connection.schema_editor() as editor:
            editor.create_model(StockThing)
        yield StockThing._base_manager.using(ALIAS)
    finally:
        connection.close()
        del connections[ALIAS], connections.settings[ALIAS]
        apps.clear_cache()
