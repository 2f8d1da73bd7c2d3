"""What pages say to a person: reasons and waits in plain words, in their language."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from otp.clock import HOUR, MINUTE
from otp.exceptions import CodeInvalid, OTPError

REASONS = {
    "otp_cooldown": _("A code was sent to this address lately. Another can be sent in {wait}."),
    "caller_limited": _("Too many codes were asked for from your network. Try again in {wait}."),
    "address_locked": _("Too many codes were asked for and none was used. Ask those who run this site for help."),
    "sms_limited": _("No more text messages can be sent today. Try again tomorrow, or use your e-mail address."),
    "otp_expired": _("This code has expired."),
    "otp_attempts_exceeded": _("All tries of this code are used up."),
    "otp_not_found": _("This code was used before, or another has replaced it."),
    "delivery_failed": _("The message could not be sent. Try again in a moment."),
    "unavailable": _("This didn't work just now. Try again in a moment."),
}

WAYS_ON = {
    "not_found": _("Check the address for a slip, or start from the first page."),
    "page_outdated": _(
        "It was open for too long, or you signed in or out elsewhere. Nothing was changed. "
        "If it happens again, allow cookies for this site."
    ),
    "foreign_origin": _("Nothing was changed. Open this site yourself and try again."),
    "account_inactive": _("Ask those who run this site."),
    "unavailable": _("Nothing is lost. Wait a moment, then load this page again."),
    "server_error": _("It is our fault, and we have a note of it. Wait a moment, then try again."),
}


def reason(error: OTPError) -> str:
    """Why it was refused, and how long that lasts."""
    if isinstance(error, CodeInvalid):
        return wrong(error.attempts_left)
    return REASONS.get(error.code, f"{error.message}.").format(wait=duration(error.retry_after or 0))


def wrong(left: int) -> str:
    if not left:
        return _("This is not the code, and it was the last try.")
    return ngettext(
        "This is not the code. One try is left.", "This is not the code. %(left)d tries are left.", left
    ) % {"left": left}


def way_on(error: OTPError) -> str:
    """What a person can do, where a whole page is refused."""
    return WAYS_ON.get(error.code, _("Go back and try again, or start from the first page."))


def duration(seconds: int) -> str:
    """A wait in the largest unit of which it has more than two, rounded up: whoever waited isn't too early."""
    if seconds > 2 * HOUR:
        hours = -(-seconds // HOUR)
        return ngettext("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours}
    if seconds > 2 * MINUTE:
        minutes = -(-seconds // MINUTE)
        return ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes}
    return ngettext("%(seconds)d second", "%(seconds)d seconds", seconds) % {"seconds": seconds}
