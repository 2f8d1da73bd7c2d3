"""Accounts and their sessions."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils.crypto import salted_hmac

from otp.dynamo.expressions import IfMissing
from otp.dynamo.fields import EpochField, ListField, PartitionField, SetField, UniqueTimeField
from otp.dynamo.indexes import Index
from otp.dynamo.keys import CompositeKeyField
from otp.dynamo.models import Model

from .keys import log_shards


def new_epoch() -> str:
    return secrets.token_urlsafe(12)


def new_subject() -> str:
    return secrets.token_hex(16)


class Account(AbstractBaseUser, Model):
    """A person's account, created at the first sign-in: Django's user model. There is no password.

    Its key is the subject, which never changes and is never reused; the account's addresses point to it. A role allows
    staff to `view` everything, to `act` on codes, budgets and accounts, or to `appoint` staff. Permissions are named
    `otp.<verb>_<model>`. As there are no other verbs, the admin can't add, edit or delete objects.
    """

    class Role(models.TextChoices):
        VIEWER = "viewer"
        STAFF = "staff"
        SUPERUSER = "superuser"

    MAY = {Role.VIEWER: {"view"}, Role.STAFF: {"view", "act"}, Role.SUPERUSER: {"view", "act", "appoint"}}

    password = None
    last_login = None
    session: Any = None  # the Session that this account was loaded with; not stored
    has_returned = False  # whether `session` began just now and isn't the account's first; not stored

    subject = models.CharField(primary_key=True, max_length=64, default=new_subject)
    addresses = ListField(default=list)  # e-mail addresses and phone numbers; the one of the first sign-in comes first
    former = SetField(default=set)  # earlier addresses, whose log entries belong to this account
    is_active = models.BooleanField(default=True)
    role = models.CharField(max_length=9, choices=Role, null=True)  # noqa: DJ001 - null, so that `by_role` contains only staff
    session_epoch = models.CharField(max_length=16, default=new_epoch)  # a new one ends every session
    created_at = UniqueTimeField()
    signed_in_at = models.DateTimeField(null=True)
    # Until when it may replace an address that bounces without a code sent there.
    move_until = models.DateTimeField(null=True)
    shard = PartitionField(shards=log_shards)

    USERNAME_FIELD = "subject"
    REQUIRED_FIELDS: list[str] = []

    class Meta(Model.Meta):
        db_table = "otp_accounts"
        # For the admin. They contain only keys, so that a sign-in, which changes the item, doesn't write to them.
        indexes = [
            Index(fields=["shard", "created_at"], name="accounts_by_time", include=[]),
            Index(fields=["role", "created_at"], name="by_role", include=[]),
        ]

    def __str__(self) -> str:
        return self.address

    def get_username(self) -> str:
        """The name that the admin shows."""
        return self.address

    @property
    def address(self) -> str:
        """The first address."""
        return self.addresses[0]

    @classmethod
    def initial_values(cls, address: str, epoch: str, now: datetime) -> dict[str, Any]:
        """The values of a new account, as changes that leave an existing account as it is."""
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
        """What Django compares with its cookie. It depends only on the subject, because Session items end sessions."""
        return salted_hmac("otp.session", self.subject, secret=secret, algorithm="sha256").hexdigest()


class Session(Model):
    """The session of a browser, a program or a client of the OpenID provider. It ends at sign-out, at `expires_at`, or
    when its account is deleted, is deactivated or gets a new epoch.
    """

    class Kind(models.TextChoices):
        BROWSER = "browser"
        PROGRAM = "program"
        CLIENT = "client"  # an application that signs people in with this site

    key = CompositeKeyField("subject", "sid")
    subject = models.CharField(max_length=64)
    sid = models.CharField(max_length=32)  # not a secret: cookies and tokens that contain it are signed
    kind = models.CharField(max_length=7, choices=Kind)
    epoch = models.CharField(max_length=16)  # the account's `session_epoch`
    address = models.CharField(max_length=254)  # that was signed in with
    user_agent = models.CharField(max_length=200)
    ip_prefix = models.CharField(max_length=43, null=True)  # noqa: DJ001 - only with OTP_LOG_IP_PREFIX
    refreshes = models.IntegerField(default=0)  # the number of its newest refresh token
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()  # browser: updated at most once an hour; program: at each refresh
    expires_at = EpochField(ttl=True)

    # Only of a client, whose session begins with an authorization code: see `otp.oidc.grants`.
    client = models.CharField(max_length=64, null=True)  # noqa: DJ001 - the id in OTP_CLIENTS
    browser = models.CharField(max_length=32, null=True)  # noqa: DJ001 - the sid of the browser's session
    scope = models.CharField(max_length=200, null=True)  # noqa: DJ001
    redirect_uri = models.CharField(max_length=2048, null=True)  # noqa: DJ001
    challenge = models.CharField(max_length=43, null=True)  # noqa: DJ001 - of PKCE
    nonce = models.CharField(max_length=512, null=True)  # noqa: DJ001
    auth_time = models.DateTimeField(null=True)  # when the person entered a code

    class Meta(Model.Meta):
        db_table = "otp_sessions"

    def __str__(self) -> str:
        return f"{self.kind} of {self.address}"

    def is_open_to_client(self, browsers: Collection[str]) -> bool:
        """Whether the client has redeemed its code, and its access goes on, given the sids of the valid sessions."""
        return self.refreshes > 0 and (self.browser in browsers or "offline_access" in (self.scope or "").split())
