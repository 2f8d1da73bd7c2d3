"""What pages say about refusals and waits, in the person's language."""

from datetime import timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from otp.clock import HOUR, MINUTE
from otp.conf import conf
from otp.exceptions import OTPError
from otp.models import Session

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
    "address_taken": _("This address belongs to another account. Use a different one, or sign in with it."),
    "page_outdated": _(
        "Nothing was sent, as this page was open too long or was replaced in another tab. Try again. "
        "If this keeps happening, allow cookies for this site."
    ),
    "delivery_failed": _("We couldn't send your code. Try again in %(wait)s."),
    "unavailable": _("That didn't work. Try again in %(wait)s."),
}

# Why a code no longer works, as a heading and a sentence.
ENDINGS: dict[str, tuple[Promise, Promise]] = {
    "otp_expired": (
        _("That code has expired"),
        ngettext_lazy("A code works for one minute.", "A code works for %(minutes)d minutes.", "minutes"),
    ),
    "otp_attempts_exceeded": (
        _("That was the last try"),
        ngettext_lazy(
            "For your safety, a code stops working after one wrong try.",
            "For your safety, a code stops working after %(tries)d wrong tries.",
            "tries",
        ),
    ),
    "otp_not_found": (_("That code no longer works"), _("It was used, or a newer one has replaced it.")),
}

NEWEST_ONLY = _("Only the code from the newest message works.")

# What to do about a refusal that is shown as a page of its own.
NEXT_STEPS = {
    "parameter_invalid": _("Go back to it and try again. If that doesn't help, tell the people who run it."),
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
    if error.code not in REASONS:
        return f"{error.message}."
    fields = {name: getattr(error, name) for name in error.fields}
    return REASONS[error.code] % {**fields, "wait": duration(fields.get("retry_after", 0))}


def ending(error: OTPError) -> dict[str, str]:
    """Why a code no longer works, as `title` and `text`. `error` is a refusal whose `ends_code` is true."""
    title, text = ENDINGS["otp_attempts_exceeded" if error.code == "otp_invalid" else error.code]
    return {"title": str(title), "text": text % {"minutes": conf.lifetime // MINUTE, "tries": conf.max_attempts}}


def used(session: Session, *, here: bool) -> str:
    """When the session was used last: to the hour, as that is how it is noted; of this browser's, when it began."""
    now = timezone.now()
    if here:
        return gettext("Signed in %(ago)s") % {"ago": ago(now - session.created_at)}
    return gettext("Last used %(ago)s") % {"ago": ago(now - session.used_at)}


def ago(time: timedelta) -> str:
    """How long ago something was, in whole hours or days."""
    hours = int(time.total_seconds()) // HOUR
    if hours < 1:
        return gettext("less than an hour ago")
    if hours < 48:
        return ngettext("%(hours)d hour ago", "%(hours)d hours ago", hours) % {"hours": hours}
    days = hours // 24
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}


def next_step(error: OTPError) -> str | Promise:
    return NEXT_STEPS.get(error.code, _("Go back and try again, or go to the start page."))


def countdown(seconds: int) -> str:
    """A wait as otp.js counts it down: minutes and seconds, such as 1:05; a longer one as `duration`."""
    return f"{seconds // MINUTE}:{seconds % MINUTE:02d}" if seconds <= 2 * MINUTE else duration(seconds)


def duration(seconds: int) -> str:
    """A wait in hours or minutes if it is more than two of them, rounded up so that nobody comes back too early."""
    if seconds > 2 * HOUR:
        hours = -(-seconds // HOUR)
        return ngettext("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours}
    if seconds > 2 * MINUTE:
        minutes = -(-seconds // MINUTE)
        return ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes}
    return ngettext("%(seconds)d second", "%(seconds)d seconds", seconds) % {"seconds": seconds}


def client_names() -> dict[str, str]:
    """The name of each application in OTP_CLIENTS, by its id. Malformed ones, which the checks refuse, are left out."""
    return {each["id"]: each["name"] for each in conf.clients if {"id", "name"} <= each.keys()}
