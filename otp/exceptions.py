"""Everything that can be refused. Each error knows its HTTP status, its machine word, its message and its data.

The words and statuses are the API's contract; the messages are for people, in the language of the request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.utils import OperationalError
from django.utils.translation import gettext_lazy as _


class OTPError(Exception):
    """The base of all refusals. `data` is what the JSON answer carries beside `message` and `code`."""

    status = 400
    code = "invalid_request"
    message = _("Invalid request")

    def __init__(self, message: str | None = None, **data: Any) -> None:
        self.message = message or self.message
        self.data = data
        super().__init__(self.message)

    @property
    def retry_after(self) -> int | None:
        """Seconds until it is worth trying again, where waiting helps."""
        return self.data.get("retry_after")

    @property
    def headers(self) -> dict[str, str]:
        """The answer's headers that say the same to HTTP clients."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class InvalidRequest(OTPError):
    """The body, a field of it, or its type is not what was asked for."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class AddressInvalid(OTPError):
    code, message = "email_invalid", _("Invalid email format")


class PhoneInvalid(OTPError):
    code, message = "phone_invalid", _("Invalid phone number: give it as +61412345678")


class CountryRefused(OTPError):
    """Not one of OTP_SMS_COUNTRIES: each costs another price, and some only cost."""

    code, message = "phone_country", _("Text messages are not sent to this country")


class CodeInvalid(OTPError):
    """A wrong code, counted. `attempts_left` says how many more this code takes."""

    status, code, message = 401, "otp_invalid", _("Invalid OTP")

    def __init__(self, *, attempts_left: int) -> None:
        super().__init__(attempts_left=attempts_left)
        self.attempts_left = attempts_left


class CodeExpired(OTPError):
    status, code, message = 403, "otp_expired", _("OTP expired")


class AttemptsExceeded(OTPError):
    """Every try of this code is used up; only a new code helps."""

    status, code = 403, "otp_attempts_exceeded"

    def __init__(self, *, limit: int) -> None:
        super().__init__(_("OTP attempts exceeded (%(limit)s)") % {"limit": limit}, attempts_left=0)


class CodeNotFound(OTPError):
    """Nothing was asked for here, or it was used or revoked: which, is nobody's business."""

    status, code, message = 404, "otp_not_found", _("OTP not found")


class AccountInactive(OTPError):
    status, code, message = 403, "account_inactive", _("This account is deactivated")


class TokenInvalid(OTPError):
    """No access token, or none that holds: forged, too old, signed out. Which, is nobody's business."""

    status, code, message = 401, "token_invalid", _("The access token is missing or does not hold")

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class RefreshTokenInvalid(OTPError):
    """Not a refresh token of ours, or one whose sign-in has ended."""

    status, code, message = 401, "refresh_token_invalid", _("The refresh token does not hold. Sign in again")


class StaffOnly(OTPError):
    """Signed in, and not one of the staff; or not any more."""

    status, code, message = 403, "staff_only", _("Only staff may read this")


class PageNotFound(OTPError):
    """A cursor that was changed, or is of another listing."""

    status, code, message = 404, "page_not_found", _("There is no such page. Begin with the first")


class TooManySends(OTPError):
    """A quota refuses the send. `retry_after`: seconds until the next may be asked for."""

    status, code, message = 429, "too_many_requests", _("Too many requests. Try again later")

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)


class CooldownActive(TooManySends):
    """This address was sent codes lately; the next may go out in `retry_after` seconds."""

    code, message = "otp_cooldown", _("A code was sent lately. Wait before asking for another")


class CallerLimited(TooManySends):
    """This IP address asked for too many codes within the hour."""

    code = "caller_limited"


class SMSLimited(TooManySends):
    """This number, its neighbours or the whole site were sent their text messages of the day."""

    code, message = "sms_limited", _("No more text messages today. Try again tomorrow, or use e-mail")


class AddressLocked(TooManySends):
    """Too many codes since the last success (OTP_SENDS_BETWEEN_SUCCESSES): only staff or time lifts this."""

    code, message = "address_locked", _("Too many codes were asked for and none was used. Ask for help")


class DeliveryFailed(OTPError):
    """The message couldn't be handed over. Nothing is left behind: no code, no cooldown."""

    status, code, message = 503, "delivery_failed", _("The code could not be sent. Try again")


class DeliveryUnknown(DeliveryFailed):
    """The answer was lost: the message may or may not have left. The code stays, in case it has."""

    code, message = "delivery_unknown", _("The code may not have been sent. If none arrives, try again")


class Unavailable(OTPError):
    """Storage is slow, throttled or away. Repeating the same request is safe."""

    status, code, message = 503, "unavailable", _("Temporarily unavailable. Try again")


class BodyTooLarge(OTPError):
    status, code, message = 413, "body_too_large", _("The body is too large")


class MethodNotAllowed(OTPError):
    """The path answers other methods: those in `allowed`."""

    status, code = 405, "method_not_allowed"

    def __init__(self, *allowed: str) -> None:
        super().__init__(_("This address answers only: %(methods)s") % {"methods": ", ".join(allowed)})
        self.allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


class ForeignOrigin(OTPError):
    status, code, message = 403, "foreign_origin", _("Requests from other sites are refused")


class MessageRefused(OTPError):
    """Not a message of a topic in OTP_SNS_TOPICS, or not signed by SNS."""

    status, code, message = 403, "message_refused", "This is no message of a topic that is listened to"


class PageOutdated(OTPError):
    status, code, message = 403, "page_outdated", _("This page was out of date")


class Forbidden(OTPError):
    status, code, message = 403, "forbidden", _("This is not allowed")


class NotFound(OTPError):
    status, code, message = 404, "not_found", _("There is no page at this address")


class ServerError(OTPError):
    status, code, message = 500, "server_error", _("Something went wrong")


@contextmanager
def translate_storage_errors() -> Iterator[None]:
    """Translate OperationalError into Unavailable (503): DynamoDB is slow, throttling or out of reach."""
    try:
        yield
    except OperationalError as error:
        raise Unavailable from error
