"""The log of attempts: who asked for codes and tried them, and how that ended."""

from django.contrib import admin

from otp.models import Attempt

from .base import ReadOnlyAdmin
from .listing import facet
from .site import site

OUTCOMES = [
    ("otp_sent", "code sent"),
    ("otp_verified", "signed in"),
    ("otp_invalid", "wrong code"),
    ("otp_expired", "expired"),
    ("otp_attempts_exceeded", "tries used up"),
    ("otp_not_found", "no such code"),
    ("account_inactive", "account deactivated"),
    ("otp_cooldown", "asked too soon"),
    ("address_locked", "address locked"),
    ("caller_limited", "network over its budget"),
    ("sms_limited", "SMS of the day used up"),
    ("delivery_failed", "message failed"),
    ("delivery_unknown", "message uncertain"),
    ("refresh_token_reused", "old refresh token"),
    ("error", "our fault"),
]


@admin.register(Attempt, site=site)
class AttemptAdmin(ReadOnlyAdmin):
    date_hierarchy = "created_at"
    list_display = ("created_at", "result", "address_link", "channel", "flow", "network")
    list_filter = (
        facet("outcome", OUTCOMES),
        facet("channel", Attempt.Channel.choices),
        facet("flow", Attempt.Flow.choices),
    )
    fields = (
        *("created_at", "result", "address", "see_also", "channel", "flow", "took_seconds"),
        *("ip_hash", "ip_prefix", "user_agent", "expires_at"),
    )
    readonly_fields = ("result", "see_also", "took_seconds")

    @admin.display(description="outcome")
    def result(self, attempt: Attempt) -> str:
        return dict(OUTCOMES).get(attempt.outcome, attempt.outcome)

    @admin.display
    def network(self, attempt: Attempt) -> str:
        """Enough of it to tell one from another at a glance."""
        return attempt.ip_prefix or attempt.ip_hash[:8]

    @admin.display(description="from code to sign-in", empty_value="-")
    def took_seconds(self, attempt: Attempt) -> str:
        return "-" if attempt.took is None else f"{attempt.took} s"
