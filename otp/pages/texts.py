"""What pages say about refusals and waits, in the person's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from otp.clock import HOUR, MINUTE
from otp.exceptions import OTPError

# By machine word. Placeholders are the refusal's fields, and `wait`. A word that isn't here is shown by its message.
REASONS: dict[str, str | Promise] = {
    "otp_cooldown": _("A code was sent to this address recently. You can get another in %(wait)s."),
    "caller_limited": _("Too many codes have been requested from your network. Try again in %(wait)s."),
    "sms_limited": _("No more text messages can be sent today. Try again tomorrow, or use your email address."),
    "otp_invalid": ngettext_lazy(
        "That code isn't right. You have one try left.",
        "That code isn't right. You have %(attempts_left)d tries left.",
        "attempts_left",
    ),
    "otp_expired": _("This code has expired."),
    "otp_attempts_exceeded": _("Too many wrong tries. This code no longer works."),
    "otp_not_found": _("This code no longer works. It was used, or a newer one has replaced it."),
    "delivery_failed": _("We couldn't send your code. Try again in a moment."),
    "unavailable": _("That didn't work. Try again in a moment."),
}

# What to do about a refusal that is shown as a page of its own.
NEXT_STEPS = {
    "not_found": _("Check the address for a typo, or go to the start page."),
    "page_outdated": _(
        "It was open too long, or you signed in or out in another tab. Nothing was changed. "
        "If this keeps happening, allow cookies for this site."
    ),
    "foreign_origin": _("Nothing was changed. Open this site directly, then try again."),
    "account_inactive": _("Contact support if you need help."),
    "unavailable": _("Nothing is lost. Wait a moment, then reload this page."),
    "server_error": _("It's our fault, and it has been logged. Wait a moment, then try again."),
}


def reason(error: OTPError) -> str:
    """Why a request was refused, as a sentence."""
    fields = {name: getattr(error, name) for name in error.fields}
    word = "otp_attempts_exceeded" if fields.get("attempts_left") == 0 else error.code
    if word not in REASONS:
        return f"{error.message}."
    return REASONS[word] % {**fields, "wait": duration(fields.get("retry_after", 0))}


def next_step(error: OTPError) -> str | Promise:
    return NEXT_STEPS.get(error.code, _("Go back and try again, or go to the start page."))


def duration(seconds: int) -> str:
    """A wait in hours or minutes if it is more than two of them, rounded up so that nobody comes back too early."""
    if seconds > 2 * HOUR:
        hours = -(-seconds // HOUR)
        return ngettext("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours}
    if seconds > 2 * MINUTE:
        minutes = -(-seconds // MINUTE)
        return ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes}
    return ngettext("%(seconds)d second", "%(seconds)d seconds", seconds) % {"seconds": seconds}
