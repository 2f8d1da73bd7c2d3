"""What happened: every attempt, what staff did, and its figures."""

from datetime import UTC, datetime

from django.db import models

from otp.dynamo.fields import EpochField, PartitionField, UniqueTimeField
from otp.dynamo.keys import CompositeKeyField
from otp.dynamo.models import Model
from otp.outcomes import Outcome

from .keys import log_shards


class Attempt(Model):
    """One line of the log: a send or a try, whoever made it and however it ended. Never a code or a guess.

    Each listing that staff may ask for has an index: a write costs six units instead of one, and a page one request.
    """

    class Channel(models.TextChoices):
        EMAIL = "email"
        SMS = "sms", "SMS"

    class Flow(models.TextChoices):
        PAGE = "page"
        API = "api", "API"

    id = models.CharField(primary_key=True, max_length=32)
    address = models.CharField(max_length=254)
    outcome = models.CharField(max_length=40, choices=[(each.value, each.label) for each in Outcome])
    channel = models.CharField(max_length=8, choices=Channel)
    flow = models.CharField(max_length=8, choices=Flow)
    ip_hash = models.CharField("IP hash", max_length=32)
    ip_prefix = models.CharField("IP prefix", max_length=43, null=True)  # noqa: DJ001 - only with OTP_LOG_IP_PREFIX
    user_agent = models.CharField(max_length=200)
    took = models.IntegerField(null=True)  # seconds from the code's sending to the sign-in
    created_at = UniqueTimeField("time")
    expires_at = EpochField(ttl=True)
    shard = PartitionField(shards=log_shards)
    of_outcome = PartitionField("outcome", shards=log_shards)
    of_channel = PartitionField("channel", shards=log_shards)
    of_flow = PartitionField("flow", shards=log_shards)

    class Meta(Model.Meta):
        db_table = "otp_attempts"
        indexes = [
            models.Index(fields=["shard", "created_at"], name="by_time"),
            # Before the others: of indexes that serve alike the first is taken, and an address has the fewest entries.
            models.Index(fields=["address", "created_at"], name="by_address"),
            models.Index(fields=["of_outcome", "created_at"], name="by_outcome"),
            models.Index(fields=["of_channel", "created_at"], name="by_channel"),
            models.Index(fields=["of_flow", "created_at"], name="by_flow"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.address}"

    @property
    def network(self) -> str:
        """Enough of where it came from to tell one from another at a glance; no IP address."""
        return self.ip_prefix or self.ip_hash[:8]


class AuditEntry(Model):
    """What one of the staff did, to what and when: written in one transaction with it, and never changed or lapsed."""

    id = models.CharField(primary_key=True, max_length=32)
    actor = models.CharField(max_length=254)  # an account's address, or the command that was run
    action = models.CharField(max_length=32)
    kind = models.CharField(max_length=16)  # the model's name
    key = models.CharField(max_length=320)
    created_at = UniqueTimeField("time")
    shard = PartitionField()
    of_object = PartitionField("kind", "key")

    class Meta(Model.Meta):
        db_table = "otp_audit"
        verbose_name, verbose_name_plural = "audit entry", "audit log"
        indexes = [
            models.Index(fields=["shard", "created_at"], name="audit_by_time"),
            models.Index(fields=["actor", "created_at"], name="by_actor"),
            models.Index(fields=["of_object", "created_at"], name="by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"


class Stat(Model):
    """The counts of five minutes, an hour or a day (UTC). A period without entries has no item.

    The item with the key MARK says until when the log is counted; periods that begin there or later aren't counted yet.
    `until` of the others is the mark when they were written, or their own end if that is earlier.
    """

    MARK = (0, datetime(1970, 1, 1, tzinfo=UTC))

    key = CompositeKeyField("unit", "start")
    unit = models.PositiveIntegerField()  # seconds
    start = models.DateTimeField()
    until = models.DateTimeField()
    outcomes = models.JSONField(default=dict)
    waits = models.JSONField(default=dict)
    addresses = models.JSONField(default=dict)
    callers = models.JSONField(default=dict)
    expires_at = EpochField(ttl=True, null=True)  # the mark stays

    class Meta(Model.Meta):
        db_table = "otp_stats"
