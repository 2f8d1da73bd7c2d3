"""Who signed in, and what keeps a program signed in."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils.crypto import salted_hmac

from otp.dynamo.expressions import IfMissing
from otp.dynamo.fields import EpochField, PartitionField, UniqueTimeField
from otp.dynamo.models import Model

from .keys import log_shards


def new_epoch() -> str:
    return secrets.token_urlsafe(12)


def new_subject() -> str:
    return secrets.token_hex(16)


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

    password = None
    last_login = None

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
