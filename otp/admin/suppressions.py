"""Suppressed addresses: after a bounce or a complaint they get no mail until staff lift it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from otp.accounts import staff
from otp.models import Suppression

from .base import ReadOnlyAdmin
from .site import site


@admin.register(Suppression, site=site)
class SuppressionAdmin(ReadOnlyAdmin):
    summary = "Addresses whose mail came back"
    actions = ("lift",)
    list_display = ("created_at", "address_link", "reason")
    fields = ("created_at", "address", "see_also", "reason")
    readonly_fields = ("see_also",)

    @admin.action(description="Lift: send codes again", permissions=["act"])
    def lift(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self.apply_to_selected(request, staff.lift_suppression, "lifted")
