"""Blocked networks: they are sent no codes until the block ends. They are blocked from the log."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from otp.accounts import staff
from otp.models import Block

from .base import ReadOnlyAdmin
from .site import site


@admin.register(Block, site=site)
class BlockAdmin(ReadOnlyAdmin):
    summary = "Networks that get no codes for a while"
    actions = ("unblock",)
    search_fields = ("ip_hash",)
    search_help_text = "The hash of a network"
    list_display = ("created_at", "network", "until", "state", "log")
    fields = ("created_at", "ip_hash", "until", "state", "log")
    readonly_fields = ("state", "log")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        wanted = search_term.strip()
        if len(wanted) > self.opts.pk.max_length:
            return queryset.none(), False
        return (queryset.filter(pk=wanted) if wanted else queryset), False

    def name_of(self, pk: str) -> str:
        return pk[:8]

    @admin.display
    def network(self, block: Block) -> str:
        return str(block)

    @admin.display(boolean=True, description="in force")
    def state(self, block: Block) -> bool:
        return block.holds(timezone.now())

    @admin.display(description="see also")
    def log(self, block: Block) -> str:
        url = reverse("admin:otp_logentry_changelist")
        return format_html('<a href="{}?network={}">sign-in log</a>', url, block.pk)

    @admin.action(description="Unblock: send codes again", permissions=["act"])
    def unblock(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self.apply_to_selected(request, staff.unblock, "unblocked")
