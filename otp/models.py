"""What is stored: declarations only. Who writes what, and when, is in `service` and `accounts`."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils.crypto import salted_hmac

from .conf import conf
from .dynamo.expressions import IfMissing
from .dynamo.fields import EpochField, ListField, PartitionField, UniqueTimeField
from .dynamo.models import Model


def new_id(now: datetime) -> str:
    """A unique id that sorts by time, to the millisecond: 12 hex digits of it, then 80 random bits."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def new_epoch() -> str:
    return secrets.token_urlsafe(12)


def log_shards() -> int:
    return conf.log_shards


def new_subject() -> str:
    return secrets.token_hex(16)


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
    code_digest = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    attempts = models.IntegerField(default=0)
    tries = ListField(default=list)  # the digests of every guess: a code whose own is among them is used
    tried_by = ListField(default=list)  # the request of every guess, so that a repeated one is known
    created_at = UniqueTimeField()
    otp_expiry = EpochField(ttl=True)
    everything = PartitionField(shards=log_shards)

    class Meta(Model.Meta):
        db_table = "otp_users"
        # For staff alone. Each doubles what a write here costs, but adds no request and no wait.
        indexes = [
            models.Index(fields=["everything", "created_at"], name="codes_by_time"),
            models.Index(fields=["address", "created_at"], name="codes_by_address"),
        ]

    def __str__(self) -> str:
        return self.address


class Address(Model):
    """The budget of one address: when it was last sent codes, as epoch seconds, oldest first."""

    address = models.CharField(primary_key=True, max_length=254)
    sends = ListField(default=list)
    unanswered = models.IntegerField(default=0)  # sends since the last success
    free_at = UniqueTimeField(null=True)  # when it may be sent the next; unset: at once, and in no listing
    revision = models.CharField(max_length=64)  # the request that wrote this last
    expires_at = EpochField(ttl=True)
    everything = PartitionField(shards=log_shards)

    class Meta(Model.Meta):
        db_table = "otp_addresses"
        verbose_name, verbose_name_plural = "address budget", "address budgets"
        indexes = [models.Index(fields=["everything", "free_at"], name="by_wait")]

    def __str__(self) -> str:
        return self.address


class Suppression(Model):
    """An address that is sent nothing, since mail to it came back. Kept until staff lift it: it never lapses."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce"
        COMPLAINT = "complaint"

    address = models.CharField(primary_key=True, max_length=254)
    reason = models.CharField(max_length=9, choices=Reason)
    created_at = UniqueTimeField("time")
    everything = PartitionField()

    class Meta(Model.Meta):
        db_table = "otp_suppressions"
        indexes = [models.Index(fields=["everything", "created_at"], name="suppressions_by_time")]

    def __str__(self) -> str:
        return self.address


class Counter(Model):
    """How much there was under one key: sends and refusals of an IP address (hashed) in an hour, SMS in a day."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.IntegerField(default=0)
    expires_at = EpochField(ttl=True)

    class Meta(Model.Meta):
        db_table = "otp_counters"


class Account(AbstractBaseUser, Model):
    """A person, made at the first sign-in: Django's user model. There is no password.

    A role says what staff may do: `view` everything; `act` on codes, budgets and people's accounts; `appoint` staff.
    Permissions are asked for as `otp.<verb>_<model>`. There is no other verb, so nobody adds, edits or deletes a thing.
    """

    class Role(models.TextChoices):
        VIEWER = "viewer"
        STAFF = "staff"
        SUPERUSER = "superuser"

    MAY = {Role.VIEWER: {"view"}, Role.STAFF: {"view", "act"}, Role.SUPERUSER: {"view", "act", "appoint"}}

    password = None  # type: ignore[assignment]
    last_login = None  # type: ignore[assignment]

    address = models.CharField(primary_key=True, max_length=254)
    subject = models.CharField(max_length=32, default=new_subject)  # in tokens; never another account's, nor made again
    is_active = models.BooleanField(default=True)
    role = models.CharField(max_length=9, choices=Role, null=True)  # noqa: DJ001 - an index holds only those with one
    session_epoch = models.CharField(max_length=16, default=new_epoch)  # another one ends every session
    created_at = UniqueTimeField()
    signed_in_at = models.DateTimeField(null=True)
    everything = PartitionField(shards=log_shards)

    USERNAME_FIELD = EMAIL_FIELD = "address"
    REQUIRED_FIELDS: list[str] = []

    class Meta(Model.Meta):
        db_table = "otp_accounts"
        indexes = [
            models.Index(fields=["everything", "created_at"], name="accounts_by_time"),
            models.Index(fields=["role", "created_at"], name="by_role"),
        ]

    def __str__(self) -> str:
        return self.address

    @classmethod
    def newborn(cls, now: datetime) -> dict[str, Any]:
        """What an account has from its first moment on, as changes that leave one that is there as it is."""
        partition: Any = cls._meta.get_field("everything")
        first = {
            "created_at": now,
            "subject": new_subject(),
            "session_epoch": new_epoch(),
            "is_active": True,
            "everything": partition.choose({}),
        }
        return {name: IfMissing(value) for name, value in first.items()}

    @property
    def is_staff(self) -> bool:
        return self.is_active and self.role in self.MAY

    @property
    def is_superuser(self) -> bool:
        return self.is_active and self.role == self.Role.SUPERUSER

    def has_perm(self, perm: str, obj: object = None) -> bool:
        verb = perm.partition(".")[2].partition("_")[0]
        return self.is_staff and verb in self.MAY[self.role]

    def has_perms(self, perm_list: Collection[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    def has_usable_password(self) -> bool:
        return False

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        return salted_hmac("otp.session", self.session_epoch, secret=secret, algorithm="sha256").hexdigest()


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
    outcome = models.CharField(max_length=40)  # the machine word of the API's answer
    channel = models.CharField(max_length=8, choices=Channel)
    flow = models.CharField(max_length=8, choices=Flow)
    ip_hash = models.CharField("IP hash", max_length=32)
    ip_prefix = models.CharField("IP prefix", max_length=43, null=True)  # noqa: DJ001 - only with OTP_LOG_IP_PREFIX
    user_agent = models.CharField(max_length=200)
    took = models.IntegerField(null=True)  # seconds from the code's sending to the sign-in
    created_at = UniqueTimeField("time")
    expires_at = EpochField(ttl=True)
    everything = PartitionField(shards=log_shards)
    of_outcome = PartitionField("outcome", shards=log_shards)
    of_channel = PartitionField("channel", shards=log_shards)
    of_flow = PartitionField("flow", shards=log_shards)

    class Meta(Model.Meta):
        db_table = "otp_attempts"
        indexes = [
            models.Index(fields=["everything", "created_at"], name="by_time"),
            models.Index(fields=["of_outcome", "created_at"], name="by_outcome"),
            models.Index(fields=["of_channel", "created_at"], name="by_channel"),
            models.Index(fields=["of_flow", "created_at"], name="by_flow"),
            models.Index(fields=["address", "created_at"], name="by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.address}"


class AuditEntry(Model):
    """What one of the staff did, to what and when: written in one transaction with it, and never changed or lapsed."""

    id = models.CharField(primary_key=True, max_length=32)
    actor = models.CharField(max_length=254)  # an account's address, or the command that was run
    action = models.CharField(max_length=32)
    kind = models.CharField(max_length=16)  # the model's name
    key = models.CharField(max_length=320)
    created_at = UniqueTimeField("time")
    everything = PartitionField()
    of_object = PartitionField("kind", "key")

    class Meta(Model.Meta):
        db_table = "otp_audit"
        verbose_name, verbose_name_plural = "audit entry", "audit log"
        indexes = [
            models.Index(fields=["everything", "created_at"], name="audit_by_time"),
            models.Index(fields=["actor", "created_at"], name="by_actor"),
            models.Index(fields=["of_object", "created_at"], name="by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.key}"


class Stat(Model):
    """What the log holds of one closed hour or one day (UTC), counted once: see `analytics.Counts`."""

    period = models.CharField(primary_key=True, max_length=13)  # 2026-05-01T13, or 2026-05-01
    outcomes = models.JSONField(default=dict)
    waits = models.JSONField(default=dict)
    addresses = models.JSONField(default=dict)
    callers = models.JSONField(default=dict)
    expires_at = EpochField(ttl=True)

    class Meta(Model.Meta):
        db_table = "otp_stats"


class RefreshFamily(Model):
    """What one sign-in's refresh tokens come down to: who it was, and digests of the newest token and its parent.

    Made with the sign-in, deleted when it ends. The key is a digest as well, so it may be shown as `sid` in tokens.
    """

    key = models.CharField(primary_key=True, max_length=64)
    address = models.CharField(max_length=254)
    epoch = models.CharField(max_length=16)  # the account's `session_epoch`: another one ends this too
    newest = models.CharField(max_length=64)
    parent = models.CharField(max_length=64, null=True)  # noqa: DJ001 - none until the first refresh
    created_at = models.DateTimeField()
    rotated_at = models.DateTimeField()
    expires_at = EpochField(ttl=True)

    class Meta(Model.Meta):
        db_table = "otp_refresh_families"
        verbose_name_plural = "refresh families"
        indexes = [models.Index(fields=["address", "created_at"], name="families_by_address")]
