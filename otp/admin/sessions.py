"""The sessions of one account, which staff can end."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from otp.accounts import staff
from otp.browsers import browser_in_words
from otp.dynamo.operations import get
from otp.models import Session
from otp.signin.membership import account_at

from .base import ReadOnlyAdmin
from .site import site


@admin.register(Session, site=site)
class SessionAdmin(ReadOnlyAdmin):
    """Listed by an address of the account. There is no list of all: its index would cost a write at each sign-in."""

    summary = "Where somebody is signed in. Sign out there"
    actions = ("end",)
    ordering = ("sid",)
    list_display = ("browser_name", "kind", "address", "created_at", "used_at", "expires_at")
    fields = ("browser_name", "kind", "address", "see_also", "created_at", "used_at", "expires_at")
    readonly_fields = ("browser_name", "see_also")
    search_help_text = "An exact address, to list the sessions of its account"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        matches, duplicates = super().get_search_results(request, queryset, search_term)
        return (matches if search_term.strip() else matches.none()), duplicates

    def filter_for(self, address: str) -> dict[str, Any] | None:
        """The filter for sessions that weren't ended. An expired one is listed until DynamoDB deletes it."""
        account = account_at(address)
        if not (account and account.is_active):
            return None
        return {"subject": account.pk, "epoch": account.session_epoch}

    def name_of(self, pk: str) -> str:
        session = get(Session, pk)
        return session.address if session else "The session"

    @admin.display(description="browser", empty_value="unknown")
    def browser_name(self, session: Session) -> str | None:
        return browser_in_words(session.user_agent) or None

    @admin.action(description="Sign out", permissions=["act"])
    def end(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self.apply_to_selected(request, staff.end_session, "signed out")
