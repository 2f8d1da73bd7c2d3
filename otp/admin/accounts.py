"""Accounts: their state and role, and what staff can do with them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from otp.accounts import staff
from otp.dynamo.operations import get
from otp.models import Account
from otp.signin.membership import account_at

from .base import ReadOnlyAdmin
from .listing import facet
from .site import site


@admin.register(Account, site=site)
class AccountAdmin(ReadOnlyAdmin):
    summary = "Who can sign in. Sign out, deactivate"
    actions = ("sign_out_everywhere", "allow_move", "deactivate", "reactivate", "make_staff", "remove_staff")
    list_display = ("address", "is_active", "role", "created_at", "signed_in_at")
    list_filter = (facet("role", Account.Role.choices),)
    fields = ("subject", "all_addresses", "see_also", "is_active", "role", "created_at", "signed_in_at")
    readonly_fields = ("all_addresses", "see_also")
    search_fields = ("subject",)
    search_help_text = "An exact address"

    def filter_for(self, address: str) -> dict[str, Any] | None:
        """In two steps: the address points to its account."""
        account = account_at(address)
        return {"pk": account.pk} if account else None

    def name_of(self, pk: str) -> str:
        account = get(Account, pk)
        return account.address if account else pk

    @admin.display(description="addresses")
    def all_addresses(self, account: Account) -> str:
        return ", ".join(account.addresses)

    @admin.action(description="Sign out everywhere", permissions=["act"])
    def sign_out_everywhere(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        question = "Sign out in every browser and program?"
        return self.confirmation(request, question) or self.apply_to_selected(
            request, staff.sign_out_everywhere, "signed out everywhere"
        )

    @admin.action(description="Allow a change of address without the old one", permissions=["act"])
    def allow_move(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self.apply_to_selected(request, staff.allow_move, "may change the address within a day")

    @admin.action(description="Deactivate", permissions=["act"])
    def deactivate(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        question = "Deactivate? Whoever it is, is signed out everywhere and can't sign in"
        return self.confirmation(request, question) or self.apply_to_selected(request, staff.deactivate, "deactivated")

    @admin.action(description="Reactivate", permissions=["act"])
    def reactivate(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self.apply_to_selected(request, staff.reactivate, "reactivated")

    @admin.action(description="Make staff", permissions=["appoint"])
    def make_staff(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        question = "Make staff? They can read the log, and act on codes, addresses and accounts"
        return self.confirmation(request, question) or self.apply_to_selected(request, staff.appoint, "made staff")

    @admin.action(description="Remove from staff", permissions=["appoint"])
    def remove_staff(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self.confirmation(request, "Remove from staff?") or self.apply_to_selected(
            request, staff.dismiss, "removed from staff"
        )
