"""Address budgets: which addresses have to wait for their next code, and until when."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format

from otp.accounts import staff
from otp.clock import seconds
from otp.models import Address
from otp.signin.budgets import seconds_to_wait

from .base import ReadOnlyAdmin
from .site import site


@admin.register(Address, site=site)
class BudgetAdmin(ReadOnlyAdmin):
    """The addresses with a long wait, the longest first. Others are found by a search for the address.

    A row "address device" is the budget of one known browser of that address.
    """

    summary = "What an address may still request"
    actions = ("unlock",)
    ordering = ("-free_at",)
    list_display = ("address", "waits_until", "codes_sent")
    fields = ("address", "see_also", "waits_until", "sent_at", "invited_until")
    readonly_fields = ("see_also", "waits_until", "sent_at")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """One address, or all that wait for long: no other is in the index."""
        matches, duplicates = super().get_search_results(request, queryset, search_term)
        return (matches if search_term.strip() else matches.filter(free_at__gte=timezone.now())), duplicates

    @admin.action(description="Unlock", permissions=["act"])
    def unlock(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self.apply_to_selected(request, staff.unlock, "unlocked")

    @admin.display(description="waits until", empty_value="may be sent a code now")
    def waits_until(self, budget: Address) -> str | None:
        wait = seconds_to_wait(budget.sends, timezone.now())
        return formatted(timezone.now() + seconds(wait)) if wait else None

    @admin.display(description="codes counted")
    def codes_sent(self, budget: Address) -> int:
        return len(budget.sends)

    @admin.display(description="codes counted, sent at", empty_value="-")
    def sent_at(self, budget: Address) -> str | None:
        return ", ".join(formatted(datetime.fromtimestamp(sent, UTC)) for sent in reversed(budget.sends)) or None


def formatted(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
