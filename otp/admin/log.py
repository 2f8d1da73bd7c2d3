"""The sign-in log: each request for a code and each attempt, with its outcome."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from otp.accounts import staff
from otp.clock import DAY, HOUR
from otp.delivery.addresses import canonical
from otp.delivery.aws import remedy
from otp.delivery.channels import channel_of
from otp.dynamo.operations import get
from otp.exceptions import AddressInvalid
from otp.models import LogEntry, Suppression
from otp.outcomes import Outcome
from otp.pages.texts import client_names
from otp.signin.callers import caller_of

from .base import ReadOnlyAdmin
from .listing import Facet, facet
from .networks import network
from .site import site

HASH = 32  # characters
BLOCKS = {str(HOUR): "for an hour", str(DAY): "for a day", str(7 * DAY): "for a week"}


class OutcomeFacet(Facet):
    title = parameter_name = "outcome"
    values = [(each.value, each.label) for each in Outcome]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**LogEntry.with_outcome(self.value())) if self.value() else queryset


class NetworkFacet(Facet):
    """By the hash of a network. It is chosen in a row of the log, or in the list of networks that failed most."""

    title = parameter_name = "network"

    @classmethod
    def accepts(cls, value: str) -> bool:
        return 0 < len(value) <= HASH

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(chosen, chosen[:8])] if (chosen := self.value()) else []

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(ip_hash=self.value()) if self.value() else queryset


class ClientFacet(Facet):
    """By an application that somebody signed in to. Without applications there is no such filter."""

    title, parameter_name = "application", "client"

    @classmethod
    def accepts(cls, value: str) -> bool:
        return value in client_names()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(client_names().items())


def suppression_of(term: str) -> Suppression | None:
    """The suppression of the address that was searched for."""
    try:
        return get(Suppression, canonical(term)) if term else None
    except AddressInvalid:
        return None


@admin.register(LogEntry, site=site)
class LogAdmin(ReadOnlyAdmin):
    summary = "Every code sent and every attempt"
    actions = ("block",)
    date_hierarchy = "created_at"
    list_display = ("created_at", "result", "address_link", "channel", "flow", "network_link")
    list_filter = (
        OutcomeFacet,
        NetworkFacet,
        facet("channel", LogEntry.Channel.choices),
        facet("flow", LogEntry.Flow.choices),
        ClientFacet,
    )
    fields = (
        *("created_at", "result", "address", "see_also", "channel", "flow", "took_seconds"),
        *("error_in_words", "message_id", "network_link", "ip_hash", "ip_prefix", "user_agent", "expires_at"),
    )
    readonly_fields = ("result", "see_also", "took_seconds", "error_in_words", "network_link")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list; for one network with the addresses that it tried and a button that blocks it, and for one address
        with its suppression, if any.
        """
        context = dict(extra_context or {})
        if self.has_view_permission(request):
            chosen = request.GET.get(NetworkFacet.parameter_name, "")
            context["network"] = network(chosen) if NetworkFacet.accepts(chosen) else None
            context["may_block"] = self.has_act_permission(request)
            context["suppression"] = suppression_of(request.GET.get(SEARCH_VAR, ""))
        return super().changelist_view(request, context)

    def get_ordering(self, request: HttpRequest) -> tuple[str]:
        """Newest first: of one address by its key, whose entries have ids that sort by time."""
        return ("-entry_id",) if request.GET.get(SEARCH_VAR) else ("-created_at",)

    def name_of(self, pk: str) -> str:
        entry = get(LogEntry, pk)
        return f"network {entry.network}" if entry else "The entry"

    @admin.action(description="Block the network", permissions=["act"])
    def block(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        question = "Block? Nobody in this network is sent a code until the block ends"
        if page := self.confirmation(request, question, BLOCKS):
            return page
        chosen = partial(staff.block, seconds_=int(request.POST["choice"]), own=caller_of(request).ip_hash)
        return self.apply_to_selected(request, chosen, f"blocked {BLOCKS[request.POST['choice']]}")

    @admin.display(description="outcome")
    def result(self, entry: LogEntry) -> str:
        """With the application, AWS's error code, or what SES has reported since."""
        client = client_names().get(entry.client, entry.client)
        return ", ".join(filter(None, (entry.get_outcome_display(), client, entry.error, entry.get_delivery_display())))

    @admin.display(description="error", empty_value="-")
    def error_in_words(self, entry: LogEntry) -> str | None:
        """AWS's error code, with the remedy that the site's log has too."""
        return entry.error and f"{entry.error} {remedy(entry.error, channel_of(entry.address).REMEDIES)}".strip()

    @admin.display(description="network")
    def network_link(self, entry: LogEntry) -> str:
        url = reverse("admin:otp_logentry_changelist")
        return format_html('<a href="{}?network={}">{}</a>', url, entry.ip_hash, entry.network)

    @admin.display(description="from code to sign-in", empty_value="-")
    def took_seconds(self, entry: LogEntry) -> str:
        return "-" if entry.took is None else f"{entry.took} s"
