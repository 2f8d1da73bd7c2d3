"""The base of all model pages in the admin: read-only, with actions."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from otp.accounts import acting
from otp.delivery.addresses import canonical
from otp.exceptions import AddressInvalid, OTPError
from otp.models import AddressKey

from .history import history
from .listing import CursorChangeList, supported

HISTORY = 100  # entries


class SelectedRowsForm(ActionForm):
    """Acts on the selected rows only. With the stock form, a forged `select_across=1` would act on the whole table."""

    select_across = forms.BooleanField(label="", disabled=True, initial=False, required=False, widget=forms.HiddenInput)


class ReadOnlyAdmin(admin.ModelAdmin):
    """A model page without adding, changing and deleting: no role has those permissions."""

    summary = ""  # what the list is for, on the first page
    action_form = SelectedRowsForm
    list_per_page = 25
    ordering = ("-created_at",)
    search_fields: tuple[str, ...] = ("address",)
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
            wanted = self.filter_for(canonical(search_term))
        except AddressInvalid:
            wanted = None
        return (queryset.none() if wanted is None else queryset.filter(**wanted)), False

    def filter_for(self, address: str) -> dict[str, Any] | None:
        """The filter for what belongs to a canonical address; None if nothing does."""
        return {self.search_fields[0]: address}

    def name_of(self, pk: str) -> str:
        """What messages call the object with this key: its address."""
        return AddressKey.parse(pk).address

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Model | None:
        return super().get_object(request, object_id) if self.is_key(object_id) else None

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"otp.act_{self.opts.model_name}")

    def has_appoint_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"otp.appoint_{self.opts.model_name}")

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        actions = self.get_action_choices(request, default_choices=[])
        return super().change_view(request, object_id, form_url, {"actions": actions, **(extra_context or {})})

    def selected(self, request: HttpRequest) -> list[str]:
        """The keys of the rows that an action is for, from a list or from the page of one object."""
        return list(dict.fromkeys(request.POST.getlist(ACTION_CHECKBOX_NAME)[: self.list_per_page]))

    def confirmation(
        self, request: HttpRequest, question: str, choices: Mapping[str, str] | None = None
    ) -> HttpResponse | None:
        """The page that asks before an action; None once it has been confirmed. `choices` are labels by value."""
        if "yes" in request.POST and (not choices or request.POST.get("choice") in choices):
            return None
        selected = self.selected(request)
        is_of_object = "from_object" in request.POST and self.is_key(selected[0])
        context = {
            **self.admin_site.each_context(request),
            "title": question,
            "names": [self.name_of(pk) for pk in selected if self.is_key(pk)],
            "selected": selected,
            "action": request.POST["action"],
            "from_object": request.POST.get("from_object", ""),
            "back": self.url_of(selected[0]) if is_of_object else request.get_full_path(),
            "choices": choices,
            "opts": self.opts,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/ask.html", context)

    def is_key(self, pk: str) -> bool:
        return 0 < len(pk) <= self.opts.pk.max_length

    def apply_to_selected(self, request: HttpRequest, action: Callable[..., None], done: str) -> HttpResponse | None:
        """Apply an action to each selected row. Reports each refusal, and the number of successes: "3 revoked.".

        Redirects to the list, or to the object if its page was used and it still exists.
        """
        selected, succeeded = self.selected(request), 0
        for pk in selected:
            try:
                if not self.is_key(pk):
                    raise acting.Refused("It doesn't exist.")
                action(pk, by=request.user)
                succeeded += 1
            except (acting.Refused, OTPError) as refusal:
                self.message_user(request, f"{self.name_of(pk)}: {refusal}", messages.WARNING)
        if succeeded:
            self.message_user(request, f"{succeeded} {done}.", messages.SUCCESS)
        if "from_object" in request.POST and self.get_object(request, *selected[:1] or [""]):
            return HttpResponseRedirect(self.url_of(selected[0]))
        return None

    def url_of(self, pk: str) -> str:
        return reverse(f"admin:otp_{self.opts.model_name}_change", args=[quote(pk)])

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"History: {obj}",
            "action_list": Paginator(history(self.opts.model_name, obj.pk, HISTORY), HISTORY).get_page(1),
            "module_name": self.opts.verbose_name_plural.capitalize(),
            "object": obj,
            "opts": self.opts,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/object_history.html", context)

    @admin.display(description="See also")
    def see_also(self, obj: Any) -> str:
        """Links to everything else of the same address. The key of a device's budget is "address device"."""
        lists = {
            "account": "account",
            "session": "sessions",
            "code": "codes",
            "address": "budget",
            "suppression": "mail that came back",
            "logentry": "sign-in log",
        }
        address = AddressKey.parse(obj.address).address
        links = ((search(model, address), title) for model, title in lists.items())
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    @admin.display(description="address")
    def address_link(self, obj: Any) -> str:
        return format_html('<a href="{}">{}</a>', obj.list_of(obj.address), obj.address)


def search(model: str, address: str) -> str:
    """The URL of a model's list, filtered by an address."""
    return f"{reverse(f'admin:otp_{model}_changelist')}?{urlencode({'q': address})}"
