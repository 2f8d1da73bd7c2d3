"""Codes, addresses with their budgets, suppressions, blocks and counters."""

from datetime import datetime

from django.db import models

from otp import rules
from otp.clock import seconds
from otp.dynamo.fields import EpochField, ListField, PartitionField, UniqueTimeField
from otp.dynamo.indexes import Index
from otp.dynamo.models import Model

from .keys import log_shards


class Code(Model):
    """A code. Its key is the address or, for a flow with an id, the address and that id.

    The table and its attributes have the names of the original service. Items that the original wrote have no
    `code_digest`.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        VERIFIED = "VERIFIED"
        REVOKED = "REVOKED"

    key = models.CharField(primary_key=True, max_length=320, db_column="email")
    address = models.CharField(max_length=254)
    flow = models.CharField(max_length=80)
    send = models.CharField(max_length=32)  # id of the send that created it, and of its log entry
    account = models.CharField(max_length=64)  # that the address pointed to when the code was sent
    epoch = models.CharField(max_length=16)
    may_create = models.BooleanField(default=False)  # whether a sign-in may create that account
    seed = models.CharField(max_length=32)  # of the digits, with a key that isn't stored
    mails = models.IntegerField(default=1)  # how many times its message was, or may have been, sent
    code_digest = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    attempts = models.IntegerField(default=0)
    sid = models.CharField(max_length=32, null=True)  # noqa: DJ001 - id of the session that it opened
    attempt_keys = ListField(default=list)  # keys of the requests that were counted as attempts
    created_at = UniqueTimeField()
    otp_expiry = EpochField(ttl=True)
    shard = PartitionField(shards=log_shards)

    class Meta(Model.Meta):
        db_table = "otp_users"
        # For the admin. They contain only keys, so that a send writes to them, but an attempt doesn't.
        indexes = [
            Index(fields=["shard", "created_at"], name="codes_by_time", include=[]),
            Index(fields=["address", "created_at"], name="codes_by_address", include=[]),
        ]

    def __str__(self) -> str:
        return self.address

    def has_expired(self, now: datetime) -> bool:
        """Whether it is too old; or made by a server whose clock was ahead, so that it would be valid for too long."""
        return self.otp_expiry <= now or self.created_at > now + seconds(rules.SKEW)


class Address(Model):
    """An address: the account that it points to, and its budget, which is the times of its last sends.

    A known browser has a budget of its own, in an item whose key is the address and the device's id. Every write
    changes single attributes and sets a new `last_write`.
    """

    address = models.CharField(primary_key=True, max_length=320)
    account = models.CharField(max_length=64, null=True)  # noqa: DJ001 - its subject, chosen with the first code
    epoch = models.CharField(max_length=16, null=True)  # noqa: DJ001 - the account's `session_epoch`
    joined_at = models.DateTimeField(null=True)  # null until the account is created
    invited_until = models.DateTimeField(null=True)  # until when it may sign up although sign-up is closed
    sends = ListField(default=list)  # Unix timestamps in seconds, oldest first
    last_write = models.CharField(max_length=32, null=True)  # noqa: DJ001 - id of the send or other write that changed it last
    free_at = UniqueTimeField(null=True)  # when the next send is allowed; only set after a long wait began
    expires_at = EpochField(ttl=True)
    shard = PartitionField(shards=log_shards)

    class Meta(Model.Meta):
        db_table = "otp_addresses"
        verbose_name, verbose_name_plural = "address budget", "address budgets"
        # For the admin. Few addresses wait for long, so most sends don't write to it.
        indexes = [Index(fields=["shard", "free_at"], name="by_wait", sparse=True, include=())]

    def __str__(self) -> str:
        return self.address

    @property
    def is_member(self) -> bool:
        """Whether the account that it points to exists."""
        return self.joined_at is not None

    def is_invited(self, now: datetime) -> bool:
        return self.invited_until is not None and self.invited_until > now


class Suppression(Model):
    """An address that gets no mail, after a bounce or a complaint, until staff lift the suppression."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce"
        COMPLAINT = "complaint"

    address = models.CharField(primary_key=True, max_length=254)
    reason = models.CharField(max_length=9, choices=Reason)
    created_at = UniqueTimeField("time")
    shard = PartitionField()

    class Meta(Model.Meta):
        db_table = "otp_suppressions"
        indexes = [models.Index(fields=["shard", "created_at"], name="suppressions_by_time")]

    def __str__(self) -> str:
        return self.address


class Block(Model):
    """A network, by its keyed hash, that is sent no codes until a time that staff have chosen."""

    ip_hash = models.CharField("IP hash", primary_key=True, max_length=32)
    until = EpochField(ttl=True)
    created_at = UniqueTimeField("time")
    shard = PartitionField()

    class Meta(Model.Meta):
        db_table = "otp_blocks"
        verbose_name, verbose_name_plural = "blocked network", "blocked networks"
        indexes = [models.Index(fields=["shard", "created_at"], name="blocks_by_time")]

    def __str__(self) -> str:
        return self.ip_hash[:8]

    def holds(self, now: datetime) -> bool:
        """Whether it still applies. DynamoDB deletes it up to days after its end."""
        return self.until > now


class Counter(Model):
    """A count under a key: sends or refusals of a hashed IP address in an hour, SMS in a day."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.IntegerField(default=0)
    expires_at = EpochField(ttl=True)

    class Meta(Model.Meta):
        db_table = "otp_counters"
