"""Codes and their state. Neither a code nor its digest is shown or loaded."""

from typing import Any

from django.contrib import admin
from django.forms import Script
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html

from otp.accounts import staff
from otp.conf import conf
from otp.models import Code
from otp.pages.texts import duration

from .base import ReadOnlyAdmin
from .site import site


@admin.register(Code, site=site)
class CodeAdmin(ReadOnlyAdmin):
    summary = "On their way now. Revoke one"
    actions = ("revoke",)
    list_display = ("created_at", "address_link", "requested_by", "state", "attempts_used", "expires")
    fields = ("created_at", "address", "see_also", "requested_by", "state", "attempts_used", "expires")
    readonly_fields = ("requested_by", "state", "attempts_used", "expires", "see_also")

    class Media:
        js = (Script("otp/countdown.js", defer=True),)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("code_digest", "attempt_keys")

    @admin.action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self.apply_to_selected(request, staff.revoke, "revoked")

    @admin.display(description="requested by")
    def requested_by(self, code: Code) -> str:
        return code.flow.partition(":")[0]

    @admin.display
    def state(self, code: Code) -> str:
        if code.status != Code.Status.PENDING:
            return {"VERIFIED": "used", "REVOKED": "revoked"}[code.status]
        if code.otp_expiry <= timezone.now():
            return "expired"
        return "live" if code.attempts < conf.max_attempts else "attempts used up"

    @admin.display
    def attempts_used(self, code: Code) -> str:
        return f"{code.attempts} of {conf.max_attempts}"

    @admin.display
    def expires(self, code: Code) -> str:
        """The time left, which otp/countdown.js counts down."""
        left = int((code.otp_expiry - timezone.now()).total_seconds())
        if left <= 0 or self.state(code) != "live":
            return "-"
        return format_html('<time data-left="{}">in {}</time>', left, duration(left))
