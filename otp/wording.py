"""What pages say to a person: reasons and waits in plain words."""

from .exceptions import CodeInvalid, OTPError
from .rules import HOUR, MINUTE

REASONS = {
    "otp_cooldown": "A code was sent to this address lately. Another can be sent in {wait}.",
    "caller_limited": "Too many codes were asked for from your network. Try again in {wait}.",
    "address_locked": "Too many codes were asked for and none was used. Ask those who run this site for help.",
    "sms_limited": "No more text messages can be sent today. Try again tomorrow, or use your e-mail address.",
    "otp_expired": "This code has expired.",
    "otp_attempts_exceeded": "All tries of this code are used up.",
    "otp_not_found": "This code was used before, or another has replaced it.",
    "delivery_failed": "The message could not be sent. Try again in a moment.",
    "unavailable": "This didn't work just now. Try again in a moment.",
}

WAYS_ON = {
    "not_found": "Check the address for a slip, or start from the first page.",
    "page_outdated": "It was open for too long, or you signed in or out elsewhere. Nothing was changed. "
    "If it happens again, allow cookies for this site.",
    "foreign_origin": "Nothing was changed. Open this site yourself and try again.",
    "account_inactive": "Ask those who run this site.",
    "unavailable": "Nothing is lost. Wait a moment, then load this page again.",
    "server_error": "It is our fault, and we have a note of it. Wait a moment, then try again.",
}


def reason(error: OTPError) -> str:
    """Why it was refused, and how long that lasts."""
    if isinstance(error, CodeInvalid):
        return wrong(error.attempts_left)
    return REASONS.get(error.code, f"{error.message}.").format(wait=duration(error.retry_after or 0))


def wrong(left: int) -> str:
    match left:
        case 0:
            return "This is not the code, and it was the last try."
        case 1:
            return "This is not the code. One try is left."
        case _:
            return f"This is not the code. {left} tries are left."


def way_on(error: OTPError) -> str:
    """What a person can do, where a whole page is refused."""
    return WAYS_ON.get(error.code, "Go back and try again, or start from the first page.")


def duration(seconds: int) -> str:
    """A wait in the largest unit of which it has more than two, rounded up: whoever waited isn't too early."""
    units = ((HOUR, "hours"), (MINUTE, "minutes"))
    unit, name = next((pair for pair in units if seconds > 2 * pair[0]), (1, "seconds"))
    return f"{-(-seconds // unit)} {name}" if seconds != 1 else "1 second"
