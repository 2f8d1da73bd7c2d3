"""Codes, and what may hold one back: an address's budget, a suppression, a count."""

from django.db import models

from otp.dynamo.fields import EpochField, ListField, PartitionField, UniqueTimeField
from otp.dynamo.indexes import Index
from otp.dynamo.models import Model

from .keys import log_shards


class Code(Model):
    """One live code: of an address for the plain JSON API, of an address and a flow for everybody else.

    The table and its names are those of the system that this one replaces; its own items hold no `code_digest`.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        VERIFIED = "VERIFIED"
        REVOKED = "REVOKED"

    key = models.CharField(primary_key=True, max_length=320, db_column="email")
    address = models.CharField(max_length=254)
    flow = models.CharField(max_length=64)
    send = models.CharField(max_length=32)  # the id of the send that made it, and of its line in the log
    account = models.CharField(max_length=32)  # what the address pointed to when the code was sent
    epoch = models.CharField(max_length=16)
    may_create = models.BooleanField(default=False)  # whether that account may be made, where there is none yet
    seed = models.CharField(max_length=32)  # the code is made from it, by a key that isn't stored
    mails = models.IntegerField(default=1)  # how often its message was, or may have been, handed over
    code_digest = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    attempts = models.IntegerField(default=0)
    sid = models.CharField(max_length=32, null=True)  # noqa: DJ001 - of the session that it opened
    tried_by = ListField(default=list)  # the request of every guess, so that a repeated one is known
    created_at = UniqueTimeField()
    otp_expiry = EpochField(ttl=True)
    shard = PartitionField(shards=log_shards)

    class Meta(Model.Meta):
        db_table = "otp_users"
        # For staff alone. They hold keys alone, so that only a send writes to them, and no try.
        indexes = [
            Index(fields=["shard", "created_at"], name="codes_by_time", include=[]),
            Index(fields=["address", "created_at"], name="codes_by_address", include=[]),
        ]

    def __str__(self) -> str:
        return self.address


class Address(Model):
    """The budget of one address: when it was last sent codes, as epoch seconds, oldest first.

    What a browser of its owner's asked for is counted under a key of its own: see `devices`. Whoever writes one changes
    single attributes, and sets another revision.
    """

    address = models.CharField(primary_key=True, max_length=320)
    account = models.CharField(max_length=32, null=True)  # noqa: DJ001 - its subject, given with the first code
    epoch = models.CharField(max_length=16, null=True)  # noqa: DJ001 - the account's `session_epoch`
    joined_at = models.DateTimeField(null=True)  # unset: the account that it points to isn't made yet
    sends = ListField(default=list)
    revision = models.CharField(max_length=32, null=True)  # noqa: DJ001 - what wrote the sends last: a send, by its id
    free_at = UniqueTimeField(null=True)  # when it may be sent the next, if it waits long: for staff's list of these
    expires_at = EpochField(ttl=True)
    shard = PartitionField(shards=log_shards)

    class Meta(Model.Meta):
        db_table = "otp_addresses"
        verbose_name, verbose_name_plural = "address budget", "address budgets"
        # For staff alone. Hardly any address waits long, so it costs a send nothing, mostly.
        indexes = [Index(fields=["shard", "free_at"], name="by_wait", sparse=True, include=())]

    def __str__(self) -> str:
        return self.address

    @property
    def is_member(self) -> bool:
        """Whether the account that it points to has been made."""
        return self.joined_at is not None


class Suppression(Model):
    """An address that is sent nothing, since mail to it came back. Kept until staff lift it: it never lapses."""

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


class Counter(Model):
    """How much there was under one key: sends and refusals of an IP address (hashed) in an hour, SMS in a day."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.IntegerField(default=0)
    expires_at = EpochField(ttl=True)

    class Meta(Model.Meta):
        db_table = "otp_counters"
