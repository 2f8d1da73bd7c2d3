"""What is stored: declarations only. Who writes what, and when, is in `service` and `accounts`."""

import secrets
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils.crypto import salted_hmac

from .dynamo.fields import EpochField, ListField
from .dynamo.models import Model


def new_id(now: datetime) -> str:
    """A unique id that sorts by time, to the millisecond: 12 hex digits of it, then 80 random bits."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def new_epoch() -> str:
    return secrets.token_urlsafe(12)


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
    created_at = models.DateTimeField()
    otp_expiry = EpochField(ttl=True)

    class Meta(Model.Meta):
        db_table = "otp_users"


class Address(Model):
    """The budget of one address: when it was last sent codes, as epoch seconds, oldest first."""

    address = models.CharField(primary_key=True, max_length=254)
    sends = ListField(default=list)
    unanswered = models.IntegerField(default=0)  # sends since the last success
    revision = models.CharField(max_length=64)  # the request that wrote this last
    expires_at = EpochField(ttl=True)

    class Meta(Model.Meta):
        db_table = "otp_addresses"


class Suppression(Model):
    """An address that is sent nothing, since mail to it came back. Kept until staff lift it: it never lapses."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce"
        COMPLAINT = "complaint"

    address = models.CharField(primary_key=True, max_length=254)
    reason = models.CharField(max_length=9, choices=Reason)
    created_at = models.DateTimeField()

    class Meta(Model.Meta):
        db_table = "otp_suppressions"


class Counter(Model):
    """How many sends there were under one key: of an IP address (hashed) in an hour, of SMS in a day."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.IntegerField(default=0)
    expires_at = EpochField(ttl=True)

    class Meta(Model.Meta):
        db_table = "otp_counters"


class Account(AbstractBaseUser, Model):
    """A person, made at the first sign-in: Django's user model. There is no password."""

    password = None  # type: ignore[assignment]
    last_login = None  # type: ignore[assignment]

    address = models.CharField(primary_key=True, max_length=254)
    is_active = models.BooleanField(default=True)
    session_epoch = models.CharField(max_length=16, default=new_epoch)  # another one ends every session
    created_at = models.DateTimeField()
    signed_in_at = models.DateTimeField()

    USERNAME_FIELD = EMAIL_FIELD = "address"
    REQUIRED_FIELDS: list[str] = []

    class Meta(Model.Meta):
        db_table = "otp_accounts"

    def __str__(self) -> str:
        return self.address

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        return salted_hmac("otp.session", self.session_epoch, secret=secret, algorithm="sha256").hexdigest()


class Attempt(Model):
    """One line of the log: a send or a try, whoever made it and however it ended. Never a code or a guess."""

    class Channel(models.TextChoices):
        EMAIL = "email"
        SMS = "sms", "SMS"

    class Flow(models.TextChoices):
        PAGE = "page"
        API = "api"

    id = models.CharField(primary_key=True, max_length=32)
    address = models.CharField(max_length=254)
    outcome = models.CharField(max_length=40)  # the machine word of the API's answer
    channel = models.CharField(max_length=8, choices=Channel)
    flow = models.CharField(max_length=8, choices=Flow)
    ip_hash = models.CharField(max_length=32)
    user_agent = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    expires_at = EpochField(ttl=True)

    class Meta(Model.Meta):
        db_table = "otp_attempts"
        indexes = [models.Index(fields=["address", "id"], name="by_address")]
