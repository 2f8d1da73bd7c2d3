"""The admin itself: Django's own, entered through the site's sign-in."""

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

from otp.pages.account import sign_out

from .log import MyActions

UNUSED = {"password_change", "password_change_done", "autocomplete", "view_on_site"}  # each would want SQL


class Site(admin.AdminSite):
    site_title = index_title = "Administration"
    site_header = "Sign-in by one-time code"

    def register(self, models: Iterable[type[Model]], admin_class: Any = None, **options: Any) -> None:
        """Also gives each model a content type, which the admin's pages name and Django would read by SQL."""
        super().register(models, admin_class, **options)
        for model in models:
            known = ContentType(pk=len(self._registry), app_label=model._meta.app_label, model=model._meta.model_name)
            ContentType.objects._add_to_cache("default", known)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """In English whatever a browser asks for: half of each page would not be translated."""
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
        """Also lists the analytics page, as if it were a model, for whoever may read the log."""
        apps = super().get_app_list(request, app_label)
        page = {
            "name": "Analytics",
            "object_name": "Analytics",
            "admin_url": reverse("admin:analytics"),
            "view_only": True,
        }
        if request.user.has_perm("otp.view_attempt"):
            for app in apps:
                app["models"].insert(0, page)
        return apps

    # Their module is imported by whoever first asks: these URLs are known to every process that signs people in.

    def analytics(self, request: HttpRequest) -> HttpResponse:
        from .analytics import page

        return page(request, site=self)

    def analytics_csv(self, request: HttpRequest) -> HttpResponse:
        from .analytics import table

        return table(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The site's own sign-in. Who is signed in already but isn't staff would only be sent round in circles."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("sign-in"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return sign_out(request)

    def get_log_entries(self, request: HttpRequest) -> MyActions:
        return MyActions(request.user.pk)


site = Site()
