"""The admin site: Django's, with the sign-in by code instead of passwords."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import translation

from otp.bidi import isolated
from otp.conf import conf
from otp.pages.account import sign_out

from .history import MyActions

UNUSED = {"password_change", "password_change_done", "autocomplete", "view_on_site"}  # they need SQL or passwords


class Site(admin.AdminSite):
    index_title = "Overview"
    enable_nav_sidebar = False  # the lists are links below the header: admin/base_site.html

    @property
    def site_header(self) -> str:
        return f"{isolated(conf.site_name)} sign-in"

    @property
    def site_title(self) -> str:
        return f"{isolated(conf.site_name)} admin"

    def register(self, models: Iterable[type[Model]], admin_class: Any = None, **options: Any) -> None:
        """Also put a content type for each model into Django's cache: the admin would read it from SQL."""
        super().register(models, admin_class, **options)
        for model in models:
            known = ContentType(pk=len(self._registry), app_label=model._meta.app_label, model=model._meta.model_name)
            ContentType.objects._add_to_cache("default", known)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """Always respond in English: only half of each page would be translated."""
        guarded = super().admin_view(view, cacheable)

        @functools.wraps(guarded)
        def in_english(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            translation.activate("en")
            return guarded(request, *args, **kwargs)

        return in_english

    def get_urls(self) -> list[Any]:
        return [
            path("analytics/", self.admin_view(self.analytics), name="analytics"),
            path("analytics.csv", self.admin_view(self.analytics_csv), name="analytics_csv"),
            *(url for url in super().get_urls() if getattr(url, "name", None) not in UNUSED),
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Add what each list is for and, for those who may read the log, the analytics page as if it were a model."""
        apps = super().get_app_list(request, app_label)
        for model in (model for app in apps for model in app["models"]):
            model["summary"] = self.get_model_admin(model["model"]).summary
        analytics = {
            "name": "Analytics",
            "summary": "24 hours, 7 and 30 days in charts",
            "object_name": "Analytics",
            "admin_url": reverse("admin:analytics"),
            "view_only": True,
        }
        if request.user.has_perm("otp.view_logentry"):
            for app in apps:
                app["models"].insert(0, analytics)
        return apps

    # Each imports its module on first use: every process that signs people in loads these URLs.

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The lists, one's own latest actions, and for those who may read the log its last hour."""
        from .overview import overview

        return super().index(request, {**overview(request), **(extra_context or {})})

    def analytics(self, request: HttpRequest) -> HttpResponse:
        from .analytics import analytics

        return analytics(request, site=self)

    def analytics_csv(self, request: HttpRequest) -> HttpResponse:
        from .analytics import csv_file

        return csv_file(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Redirect to the site's sign-in. Raises PermissionDenied for non-staff, who would be redirected forever."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("sign-in"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign out, with the message in the language of the page that follows; the admin is in English."""
        with translation.override(translation.get_language_from_request(request)):
            return sign_out(request)

    def get_log_entries(self, request: HttpRequest) -> MyActions:
        return MyActions(request.user.pk)


site = Site()
