"""What all pages of the admin have in common: they show, and act, but edit nothing."""

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

from .listing import CursorChangeList, asked
from .log import history

HISTORY = 100  # entries


class PageActionForm(ActionForm):
    """Acts on what was ticked. The stock form's `select_across=1`, forged, acts on the whole table."""

    select_across = forms.BooleanField(label="", disabled=True, initial=False, required=False, widget=forms.HiddenInput)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Nobody may add, change or delete: no role has those permissions, so a stale form has nothing to undo."""

    action_form = PageActionForm
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
        request.GET = asked(request.GET, self.list_filter, self.date_hierarchy)
        title = capfirst(self.opts.verbose_name_plural)  # "Select … to view" says less
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """What belongs to one address, by the index that finds it."""
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(**{self.search_fields[0]: canonical(search_term)}), False
        except AddressInvalid:
            return queryset.none(), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Model | None:
        return super().get_object(request, object_id) if 0 < len(object_id) <= self.opts.pk.max_length else None

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"otp.act_{self.opts.model_name}")

    def has_appoint_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"otp.appoint_{self.opts.model_name}")

    def each(self, request: HttpRequest, verb: Callable[..., None], done: str) -> None:
        """Do it to each that was ticked, and say what became of it: `done` of those with which it went well."""
        ticked = dict.fromkeys(request.POST.getlist(ACTION_CHECKBOX_NAME)[: self.list_per_page])
        went_well = 0
        for pk in ticked:
            try:
                if not 0 < len(pk) <= self.opts.pk.max_length:
                    raise staff.Refused("There is no such thing.")
                verb(pk, by=request.user)
                went_well += 1
            except (staff.Refused, OTPError) as refusal:
                self.message_user(request, f"{AddressKey.parse(pk).address}: {refusal}", messages.WARNING)
        if went_well:
            self.message_user(request, f"{went_well} {done}.", messages.SUCCESS)

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
        """Where else its address is to be found; the key of a device's budget holds its id after the address."""
        lists = {
            "account": "account",
            "code": "codes",
            "address": "budget",
            "suppression": "mail that came back",
            "attempt": "all attempts",
        }
        address = AddressKey.parse(found.address).address
        links = ((search(model, address), title) for model, title in lists.items())
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    @admin.display(description="address")
    def address_link(self, found: Any) -> str:
        return format_html('<a href="{}">{}</a>', search(self.opts.model_name, found.address), found.address)


def search(model: str, address: str) -> str:
    """The URL of what belongs to an address."""
    return f"{reverse(f'admin:otp_{model}_changelist')}?{urlencode({'q': address})}"
