"""The sign-in log, the audit log, and the counts that the figures are made from."""

from datetime import UTC, datetime

from django.db import models

from otp.dynamo.fields import EpochField, PartitionField, UniqueTimeField
from otp.dynamo.indexes import Index
from otp.dynamo.keys import CompositeKeyField
from otp.dynamo.models import Model
from otp.outcomes import SUCCESSES, Outcome

from .keys import log_shards


class FailureField(models.CharField):
    """The entry's outcome if it is a failure, otherwise None. Set when the entry is saved."""

    def pre_save(self, instance: models.Model, add: bool) -> str | None:
        outcome: str = getattr(instance, "outcome")  # noqa: B009 - of whatever model has one
        setattr(instance, self.attname, None if outcome in SUCCESSES else outcome)
        return getattr(instance, self.attname)


class LogEntry(Model):
    """An entry of the sign-in log: a send, an attempt or a sign-in to an application, its caller and its outcome.

    It contains no code and no guess.

    The entries of an address are found by the key, in order of time; other lists use an index. Each index costs a
    write unit for each entry in it.
    """

    class Channel(models.TextChoices):
        EMAIL = "email"
        SMS = "sms", "SMS"

    class Flow(models.TextChoices):
        PAGE = "page"
        API = "api", "API"
        CHANGE = "change", "change of address"

    class Delivery(models.TextChoices):
        """What SES has reported about the mail, the gravest last."""

        DELAYED = "delayed", "delayed"
        DELIVERED = "delivered", "delivered"
        RETURNED = "returned", "returned for now"
        BOUNCED = "bounced", "bounced"
        COMPLAINED = "complained", "marked as spam"

    key = CompositeKeyField("address", "entry_id")
    address = models.CharField(max_length=254)
    entry_id = models.CharField(max_length=32, db_column="id")
    account = models.CharField(max_length=64, null=True)  # noqa: DJ001 - null if the address has none
    outcome = models.CharField(max_length=40, choices=[(each.value, each.label) for each in Outcome])
    failure = FailureField(max_length=40, null=True)
    channel = models.CharField(max_length=8, choices=Channel)
    flow = models.CharField(max_length=8, choices=Flow)
    client = models.CharField("application", max_length=64, null=True)  # noqa: DJ001 - only of CLIENT_SIGNED_IN
    ip_hash = models.CharField("IP hash", max_length=32)
    ip_prefix = models.CharField("IP prefix", max_length=43, null=True)  # noqa: DJ001 - only with OTP_LOG_IP_PREFIX
    user_agent = models.CharField(max_length=200)
    took = models.IntegerField(null=True)  # seconds from the code's sending to the sign-in
    message_id = models.CharField("message id", max_length=100, null=True)  # noqa: DJ001 - of SES or SNS, if it was sent
    error = models.CharField(max_length=100, null=True)  # noqa: DJ001 - AWS's error code, if it wasn't
    delivery = models.CharField(max_length=10, choices=Delivery, null=True)  # noqa: DJ001 - null until SES reports
    created_at = UniqueTimeField("time")
    expires_at = EpochField(ttl=True)
    shard = PartitionField(shards=log_shards)
    of_failure = PartitionField("failure", shards=log_shards)

    class Meta(Model.Meta):
        db_table = "otp_log"
        verbose_name, verbose_name_plural = "log entry", "sign-in log"
        indexes = [
            Index(fields=["shard", "created_at"], name="by_time"),  # for the list of all, and for the figures
            Index(fields=["of_failure", "created_at"], name="by_failure"),  # for the list of one kind of failure
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.address}"

    @staticmethod
    def with_outcome(outcome: str) -> dict[str, str]:
        """The filter for an outcome. Failures have an index; for successes, the list of all is filtered."""
        return {"outcome" if outcome in SUCCESSES else "failure": outcome}

    @property
    def network(self) -> str:
        """The IP prefix if it is stored, otherwise the start of the hash: enough to tell networks apart."""
        return self.ip_prefix or self.ip_hash[:8]


class AuditEntry(Model):
    """An action of a member of staff, written in one transaction with its effect. Never changed, never deleted."""

    id = models.CharField(primary_key=True, max_length=32)
    actor = models.CharField(max_length=64)  # an account's subject, or the command that was run
    actor_name = models.CharField("by", max_length=254)  # the account's address at that time, or the command
    action = models.CharField(max_length=32)
    kind = models.CharField(max_length=16)  # the model's name
    key = models.CharField(max_length=320)
    name = models.CharField("to", max_length=254)  # the address that it belonged to at that time
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
        return f"{self.action} {self.name}"


class Stat(Model):
    """The counts of five minutes, an hour or a day (UTC). A period without entries has no item.

    `until` is the end of what is counted in it: the mark when it was written, or its own end if that is earlier. The
    item with the key MARK has the time until which the log is counted; later periods aren't counted yet.
    """

    MARK = (0, datetime(1970, 1, 1, tzinfo=UTC))

    key = CompositeKeyField("unit", "start")
    unit = models.PositiveIntegerField()  # seconds
    start = models.DateTimeField()
    until = models.DateTimeField()
    outcomes = models.JSONField(default=dict)
    waits = models.JSONField(default=dict)
    clients = models.JSONField(null=True)  # rows of before have none
    addresses = models.JSONField(default=dict)
    callers = models.JSONField(default=dict)
    expires_at = EpochField(ttl=True, null=True)  # the mark stays

    class Meta(Model.Meta):
        db_table = "otp_stats"
