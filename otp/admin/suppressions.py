"""Addresses that are sent nothing, since mail to them came back."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from otp.accounts import staff
from otp.models import Suppression

from .base import ReadOnlyAdmin
from .site import site


@admin.register(Suppression, site=site)
class SuppressionAdmin(ReadOnlyAdmin):
    actions = ("lift",)
    list_display = ("created_at", "address_link", "reason")
    fields = ("created_at", "address", "see_also", "reason")
    readonly_fields = ("see_also",)

    @admin.action(description="Lift: send codes again", permissions=["act"])
    def lift(self, request: HttpRequest, queryset: Any) -> None:
        self.each(request, staff.lift_suppression, "lifted")
