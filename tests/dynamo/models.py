"""Models for the tests of the model layer alone. Only tests that need it install their app."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from otp.dynamo.fields import EpochField, ListField, PartitionField, SetField, UniqueTimeField
from otp.dynamo.indexes import Index
from otp.dynamo.keys import CompositeKeyField
from otp.dynamo.models import Model


class Note(Model):
    """No index: found by its key only."""

    slug = models.CharField(primary_key=True, max_length=50)
    text = models.CharField(max_length=200, null=True)  # noqa: DJ001 - so that a test can leave it out
    revision = models.IntegerField(default=0)
    lines = ListField(default=list)
    tags = SetField(default=set)
    created_at = models.DateTimeField(auto_now_add=True)
    lapses_at = EpochField(ttl=True, null=True)

    class Meta(Model.Meta):
        app_label = "dynamo_tests"
        db_table = "notes"


class Event(Model):
    """Listed by time: all, those of a kind, or those of a person; a person's by number, too; a room's in no order."""

    id = models.CharField(primary_key=True, max_length=20)
    kind = models.CharField(max_length=20)
    person = models.CharField(max_length=50, null=True)  # noqa: DJ001 - missing from the index then
    at = models.DateTimeField()
    number = models.IntegerField(default=0)
    room = models.CharField(max_length=20, null=True)  # noqa: DJ001
    size = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    all = PartitionField(shards=3)
    of_kind = PartitionField("kind", shards=2)

    class Meta(Model.Meta):
        app_label = "dynamo_tests"
        db_table = "events"
        indexes = [
            models.Index(fields=["all", "at"], name="by_time"),
            models.Index(fields=["of_kind", "at"], name="by_kind"),
            models.Index(fields=["person", "at"], name="by_person"),
            models.Index(fields=["person", "number"], name="by_number"),
            models.Index(fields=["person", "id"], name="by_id"),
            models.Index(fields=["room"], name="by_room"),
        ]


class Line(Model):
    """Listed by a time that each line has for itself."""

    id = models.CharField(primary_key=True, max_length=20)
    text = models.CharField(max_length=200, default="")
    at = UniqueTimeField(null=True)
    all = PartitionField()

    class Meta(Model.Meta):
        app_label = "dynamo_tests"
        db_table = "lines"
        indexes = [Index(fields=["all", "at"], name="by_time", sparse=True)]


class Session(Model):
    """Found by its subject, in the order of its sid; by time there are its keys alone, or its agent as well."""

    key = CompositeKeyField("subject", "sid")
    subject = models.CharField(max_length=50)
    sid = models.CharField(max_length=50)
    agent = models.CharField(max_length=50, default="web")
    uses = models.IntegerField(default=0)
    made_at = models.DateTimeField()
    waits_until = models.DateTimeField(null=True)
    all = PartitionField(shards=2)

    class Meta(Model.Meta):
        app_label = "dynamo_tests"
        db_table = "sessions"
        indexes = [
            Index(fields=["all", "made_at"], name="by_time", include=[]),
            Index(fields=["agent", "made_at"], name="by_agent", include=["uses"]),
            Index(fields=["all", "waits_until"], name="by_wait", sparse=True),
        ]

    def __str__(self) -> str:
        return self.key


class Reading(Model):
    """Keyed by two parts that are no text: a number, and a time."""

    key = CompositeKeyField("sensor", "at")
    sensor = models.IntegerField()
    at = models.DateTimeField()
    value = models.IntegerField(default=0)

    class Meta(Model.Meta):
        app_label = "dynamo_tests"
        db_table = "readings"


class Kept(Model):
    """One field of each kind whose values once didn't come back as they went."""

    key = models.CharField(primary_key=True, max_length=20)
    name = models.CharField(max_length=20, default="")
    seven = models.IntegerField(null=True, default=7)
    price = models.DecimalField(max_digits=6, decimal_places=2, default=0)
    tags = SetField(default=lambda: {"new"})
    names = ListField(default=list, blank=True)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    made_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)
    lapses_at = EpochField(null=True)

    class Meta(Model.Meta):
        app_label = "dynamo_tests"
        db_table = "kept"

    def __str__(self) -> str:
        return self.key
