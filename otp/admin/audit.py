"""The audit log: the actions of staff."""

from typing import Any

from django.contrib import admin

from otp.models import AuditEntry
from otp.signin.membership import account_at

from .base import ReadOnlyAdmin
from .history import HistoryEntry
from .site import site


@admin.register(AuditEntry, site=site)
class AuditAdmin(ReadOnlyAdmin):
    summary = "What staff did, and when"
    search_fields = ("actor",)
    search_help_text = "The exact address of a member of staff"
    list_display = ("created_at", "actor_name", "what", "name")
    fields = ("created_at", "actor_name", "what", "name")
    readonly_fields = ("what",)

    def filter_for(self, address: str) -> dict[str, Any] | None:
        """What the holder of an address did. Somebody who has deleted the account can't be found."""
        account = account_at(address)
        return {"actor": account.pk} if account else None

    @admin.display
    def what(self, entry: AuditEntry) -> str:
        return HistoryEntry(entry).get_change_message()
