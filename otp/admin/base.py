"""The base of all model pages in the admin: read-only, with actions."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from otp.accounts import staff
from otp.delivery.addresses import canonical
from otp.exceptions import AddressInvalid, OTPError
from otp.models import AddressKey

from .history import history
from .listing import CursorChangeList, supported

HISTORY = 100  # entries


class TickedActionForm(ActionForm):
    """Acts on the ticked rows only. With the stock form, a forged `select_across=1` would act on the whole table."""

    select_across = forms.BooleanField(label="", disabled=True, initial=False, required=False, widget=forms.HiddenInput)


class ReadOnlyAdmin(admin.ModelAdmin):
    """A model page without adding, changing and deleting: no role has those permissions."""

    summary = ""  # what the list is for, on the first page
    action_form = TickedActionForm
    list_per_page = 25
    ordering = ("-created_at",)
    search_fields = ("address",)
    search_help_text = "An exact address"
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CursorChangeList]:
        return CursorChangeList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        request.GET = supported(request.GET, self.list_filter, self.date_hierarchy)
        title = capfirst(self.opts.verbose_name_plural)  # the stock title is "Select … to view"
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Look up one exact address in the index that finds it."""
        if not search_term.strip():
            return queryset, False
        try:
            wanted = self.found_by(canonical(search_term))
        except AddressInvalid:
            wanted = None
        return (queryset.none() if wanted is None else queryset.filter(**wanted)), False

    def found_by(self, address: str) -> dict[str, Any] | None:
        """The filter that finds what belongs to a canonical address; None if nothing does."""
        return {self.search_fields[0]: address}

    def named(self, pk: str) -> str:
        """The address that a message names for a key."""
        return AddressKey.parse(pk).address

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Model | None:
        return super().get_object(request, object_id) if 0 < len(object_id) <= self.opts.pk.max_length else None

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"otp.act_{self.opts.model_name}")

    def has_appoint_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"otp.appoint_{self.opts.model_name}")

    def apply_to_ticked(self, request: HttpRequest, action: Callable[..., None], done: str) -> None:
        """Apply an action to each ticked row. Reports each refusal, and the number of successes: "3 revoked."."""
        ticked = dict.fromkeys(request.POST.getlist(ACTION_CHECKBOX_NAME)[: self.list_per_page])
        succeeded = 0
        for pk in ticked:
            try:
                if not 0 < len(pk) <= self.opts.pk.max_length:
                    raise staff.Refused("It doesn't exist.")
                action(pk, by=request.user)
                succeeded += 1
            except (staff.Refused, OTPError) as refusal:
                self.message_user(request, f"{self.named(pk)}: {refusal}", messages.WARNING)
        if succeeded:
            self.message_user(request, f"{succeeded} {done}.", messages.SUCCESS)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        found = self.get_object(request, unquote(object_id))
        if found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {found}",
            "action_list": Paginator(history(self.opts.model_name, found.pk, HISTORY), HISTORY).get_page(1),
            "module_name": self.opts.verbose_name_plural.capitalize(),
            "object": found,
            "opts": self.opts,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/object_history.html", context)

    @admin.display(description="See also")
    def see_also(self, found: Any) -> str:
        """Links to everything else of the same address. The key of a device's budget is "address device"."""
        lists = {
            "account": "account",
            "session": "sessions",
            "code": "codes",
            "address": "budget",
            "suppression": "mail that came back",
            "logentry": "sign-in log",
        }
        address = AddressKey.parse(found.address).address
        links = ((search(model, address), title) for model, title in lists.items())
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    @admin.display(description="address")
    def address_link(self, found: Any) -> str:
        return format_html('<a href="{}">{}</a>', search(self.opts.model_name, found.address), found.address)


def search(model: str, address: str) -> str:
    """The URL of a model's list, filtered by an address."""
    return f"{reverse(f'admin:otp_{model}_changelist')}?{urlencode({'q': address})}"
