"""A stock admin site for a model whose key has two fields, and its URLs. Only one test uses it."""

from typing import Any

from django.contrib import admin
from django.urls import path

from .models import Session


class OpenSite(admin.AdminSite):
    def has_permission(self, request: Any) -> bool:
        """Whoever it is: this is about keys, not about staff."""
        return True


site = OpenSite(name="admin")


@admin.register(Session, site=site)
class SessionAdmin(admin.ModelAdmin):
    ordering = ("-made_at",)
    list_display = ("key", "uses")
    fields = ("agent", "uses")

    def log_change(self, *args: Any) -> None:
        """Nothing: Django keeps its log in SQL."""

    log_addition = log_deletions = log_change

    def has_change_permission(self, *args: Any) -> bool:
        return True

    has_delete_permission = has_view_permission = has_module_permission = has_change_permission

    def get_deleted_objects(self, objs: Any, request: Any) -> Any:
        """Without the search for related rows, which asks for permissions by name."""
        return [str(each) for each in objs], {}, set(), []


urlpatterns = [path("admin/", site.urls)]
