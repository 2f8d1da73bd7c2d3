"""Who signed in, and each sign-in that still holds."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils.crypto import salted_hmac

from otp.dynamo.expressions import IfMissing
from otp.dynamo.fields import EpochField, ListField, PartitionField, UniqueTimeField
from otp.dynamo.indexes import Index
from otp.dynamo.keys import CompositeKeyField
from otp.dynamo.models import Model

from .keys import log_shards


def new_epoch() -> str:
    return secrets.token_urlsafe(12)


def new_subject() -> str:
    return secrets.token_hex(16)


class Account(AbstractBaseUser, Model):
    """A person, made at the first sign-in: Django's user model. There is no password.

    It is known by its subject, which never changes and never becomes another's; its addresses point to it.
    A role says what staff may do: `view` everything; `act` on codes, budgets and people's accounts; `appoint` staff.
    Permissions are asked for as `otp.<verb>_<model>`. There is no other verb, so nobody adds, edits or deletes a thing.
    """

    class Role(models.TextChoices):
        VIEWER = "viewer"
        STAFF = "staff"
        SUPERUSER = "superuser"

    MAY = {Role.VIEWER: {"view"}, Role.STAFF: {"view", "act"}, Role.SUPERUSER: {"view", "act", "appoint"}}

    password = None
    last_login = None
    session: Any = None  # the Session that this was read or made with; no field

    subject = models.CharField(primary_key=True, max_length=32, default=new_subject)
    addresses = ListField(default=list)  # of mail and phones, the one that it was made with first
    is_active = models.BooleanField(default=True)
    role = models.CharField(max_length=9, choices=Role, null=True)  # noqa: DJ001 - an index holds only those with one
    session_epoch = models.CharField(max_length=16, default=new_epoch)  # another one ends every session
    created_at = UniqueTimeField()
    signed_in_at = models.DateTimeField(null=True)
    shard = PartitionField(shards=log_shards)

    USERNAME_FIELD = "subject"
    REQUIRED_FIELDS: list[str] = []

    class Meta(Model.Meta):
        db_table = "otp_accounts"
        # For staff. They hold keys alone, so that a sign-in, which changes the item, writes to neither.
        indexes = [
            Index(fields=["shard", "created_at"], name="accounts_by_time", include=[]),
            Index(fields=["role", "created_at"], name="by_role", include=[]),
        ]

    def __str__(self) -> str:
        return self.address

    def get_username(self) -> str:
        """What the admin calls somebody."""
        return self.address

    @property
    def address(self) -> str:
        """The first of its addresses."""
        return self.addresses[0]

    @classmethod
    def initial_values(cls, address: str, epoch: str, now: datetime) -> dict[str, Any]:
        """What an account has from its first moment on, as changes that leave one that is there as it is."""
        partition: Any = cls._meta.get_field("shard")
        first = {
            "addresses": [address],
            "created_at": now,
            "session_epoch": epoch,
            "is_active": True,
            "shard": partition.choose({}),
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


class Session(Model):
    """One sign-in of a browser or a program. It ends when it is signed out of, at `expires_at` whatever was done with
    it, and with its account: when that is gone, deactivated, or has another epoch.
    """

    class Kind(models.TextChoices):
        BROWSER = "browser"
        PROGRAM = "program"

    key = CompositeKeyField("subject", "sid")
    subject = models.CharField(max_length=32)
    sid = models.CharField(max_length=32)  # opens nothing: cookies and tokens that name it are signed
    kind = models.CharField(max_length=7, choices=Kind)
    epoch = models.CharField(max_length=16)  # the account's `session_epoch`
    address = models.CharField(max_length=254)  # that was signed in with
    user_agent = models.CharField(max_length=200)
    ip_prefix = models.CharField(max_length=43, null=True)  # noqa: DJ001 - only with OTP_LOG_IP_PREFIX
    refreshes = models.IntegerField(default=0)  # the number of its newest refresh token
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()  # of a browser to the hour, of a program its last refresh
    expires_at = EpochField(ttl=True)

    class Meta(Model.Meta):
        db_table = "otp_sessions"

    def __str__(self) -> str:
        return f"{self.kind} of {self.address}"
