"""Presents the audit log to the admin's stock templates as if it were Django's LogEntry."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.admin.utils import quote
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from otp.models import Account, AuditEntry

WORDS = {
    "revoke": "Code revoked",
    "unlock": "Address unlocked",
    "lift": "Mail allowed again",
    "block": "Network blocked",
    "unblock": "Network unblocked",
    "sign_out": "Signed out everywhere",
    "end_session": "Signed out in one place",
    "allow_move": "Change of address allowed without the old one",
    "deactivate": "Deactivated",
    "reactivate": "Reactivated",
    "make_viewer": "Made a viewer",
    "make_staff": "Made staff",
    "make_superuser": "Made a superuser",
    "remove_staff": "Role removed",
}


@dataclass(frozen=True)
class HistoryEntry:
    """An audit entry with the attributes that `admin/index.html` and `admin/object_history.html` read."""

    entry: AuditEntry
    is_addition = is_deletion = False
    is_change = True

    @property
    def action_time(self) -> Any:
        return self.entry.created_at

    @property
    def user(self) -> Account:
        return Account(subject=self.entry.actor, addresses=[self.entry.actor_name])

    @property
    def object_repr(self) -> str:
        return f"{self.get_change_message()}: {self.entry.name}"

    @property
    def content_type(self) -> ContentType:
        return ContentType.objects.get_for_model(apps.get_model("otp", self.entry.kind))

    def get_change_message(self) -> str:
        return WORDS.get(self.entry.action, self.entry.action)

    def get_admin_url(self) -> str:
        return reverse(f"admin:otp_{self.entry.kind}_change", args=[quote(self.entry.key)])


class MyActions:
    """The actions of one member of staff, newest first. The query runs when the index page slices it."""

    def __init__(self, actor: str) -> None:
        self.actor = actor

    def filter(self, user__pk: str) -> "MyActions":
        return MyActions(user__pk)

    def __getitem__(self, part: slice) -> list[HistoryEntry]:
        return [
            HistoryEntry(entry) for entry in AuditEntry.objects.filter(actor=self.actor).order_by("-created_at")[part]
        ]


def history(kind: str, key: str, limit: int) -> list[HistoryEntry]:
    """The latest actions on one object, newest first, at most `limit`."""
    return [
        HistoryEntry(entry) for entry in AuditEntry.objects.filter(kind=kind, key=key).order_by("-created_at")[:limit]
    ]
