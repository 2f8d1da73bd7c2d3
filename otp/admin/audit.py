"""The audit log: the actions of staff."""

from django.contrib import admin

from otp.models import AddressKey, AuditEntry

from .base import ReadOnlyAdmin
from .log import HistoryEntry
from .site import site


@admin.register(AuditEntry, site=site)
class AuditAdmin(ReadOnlyAdmin):
    search_fields = ("actor",)
    search_help_text = "The exact address of a member of staff"
    list_display = ("created_at", "actor", "what", "object")
    fields = ("created_at", "actor", "what", "object")
    readonly_fields = ("what", "object")

    @admin.display
    def what(self, entry: AuditEntry) -> str:
        return HistoryEntry(entry).get_change_message()

    @admin.display(description="to")
    def object(self, entry: AuditEntry) -> str:
        return AddressKey.parse(entry.key).address
