"""The sign-in log: each request for a code and each attempt, with its outcome."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.http import HttpRequest

from otp.models import LogEntry
from otp.outcomes import Outcome

from .base import ReadOnlyAdmin
from .listing import Facet, facet
from .site import site


class OutcomeFacet(Facet):
    title = parameter_name = "outcome"
    values = [(each.value, each.label) for each in Outcome]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**LogEntry.with_outcome(self.value())) if self.value() else queryset


@admin.register(LogEntry, site=site)
class LogAdmin(ReadOnlyAdmin):
    summary = "Every code sent and every attempt"
    date_hierarchy = "created_at"
    list_display = ("created_at", "result", "address_link", "channel", "flow", "network")
    list_filter = (
        OutcomeFacet,
        facet("channel", LogEntry.Channel.choices),
        facet("flow", LogEntry.Flow.choices),
    )
    fields = (
        *("created_at", "result", "address", "see_also", "channel", "flow", "took_seconds"),
        *("ip_hash", "ip_prefix", "user_agent", "expires_at"),
    )
    readonly_fields = ("result", "see_also", "took_seconds")

    def get_ordering(self, request: HttpRequest) -> tuple[str]:
        """Newest first: of one address by its key, whose entries have ids that sort by time."""
        return ("-entry_id",) if request.GET.get(SEARCH_VAR) else ("-created_at",)

    @admin.display(description="outcome")
    def result(self, entry: LogEntry) -> str:
        return entry.get_outcome_display()

    @admin.display(description="from code to sign-in", empty_value="-")
    def took_seconds(self, entry: LogEntry) -> str:
        return "-" if entry.took is None else f"{entry.took} s"
