"""The log of attempts: each request for a code and each try, with its outcome."""

from django.contrib import admin

from otp.models import Attempt
from otp.outcomes import Outcome

from .base import ReadOnlyAdmin
from .listing import facet
from .site import site


@admin.register(Attempt, site=site)
class AttemptAdmin(ReadOnlyAdmin):
    date_hierarchy = "created_at"
    list_display = ("created_at", "result", "address_link", "channel", "flow", "network")
    list_filter = (
        facet("outcome", [(each.value, each.label) for each in Outcome]),
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
        return attempt.get_outcome_display()

    @admin.display(description="from code to sign-in", empty_value="-")
    def took_seconds(self, attempt: Attempt) -> str:
        return "-" if attempt.took is None else f"{attempt.took} s"
