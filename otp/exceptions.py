"""Every refusal, as one tree: the class, the HTTP status and the machine word (`code`) of each.

    OTPError                    400  invalid_request
        InvalidRequest          400  invalid_request (always raised with a word of its MESSAGES)
        ActionInvalid           400  action_invalid
        ParameterInvalid        400  parameter_invalid
        AddressInvalid          400  email_invalid
        PhoneInvalid            400  phone_invalid
        CountryRefused          400  phone_country
        CodeInvalid             401  otp_invalid
        CodeExpired             403  otp_expired
        AttemptsExceeded        403  otp_attempts_exceeded
        CodeNotFound            404  otp_not_found
        AccountInactive         403  account_inactive
        AddressTaken            409  address_taken
        TokenInvalid            401  token_invalid
        RefreshTokenInvalid     401  refresh_token_invalid
        StaffOnly               403  staff_only
        CursorInvalid           404  page_not_found
        TooManySends            429  too_many_requests
            CooldownActive      429  otp_cooldown
            CallerLimited       429  caller_limited
            SMSLimited          429  sms_limited
        DeliveryFailed          503  delivery_failed
            DeliveryUnknown     503  delivery_unknown
        Unavailable             503  unavailable
        BodyTooLarge            413  body_too_large
        MethodNotAllowed        405  method_not_allowed
        ForeignOrigin           403  foreign_origin
        MessageRefused          403  message_refused
        PageOutdated            403  page_outdated
        Forbidden               403  forbidden
        NotFound                404  not_found
        ServerError             500  server_error

Statuses and words are the API's contract. Messages are for people, in the language of the request.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from django.db.utils import OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class OTPError(Exception):
    """The base of all refusals."""

    status = 400
    code = "invalid_request"
    message: str | Promise = _("Invalid request")
    headers: Mapping[str, str] = {}  # of the response
    fields: tuple[str, ...] = ()  # attributes that the JSON body carries beside `message` and `code`
    ends_code = False  # the code can't be used any more
    is_last_attempt = False  # this was a code's last attempt
    repeatable = False  # the same request may be sent again, with the same id
    outcome: str | None = ""  # the word in the log, if it isn't `code`; None if this request repeats one that is logged

    def __init__(self, message: str | Promise | None = None) -> None:
        self.message = message or self.message
        super().__init__(self.message)


class Temporary:
    """A mixin for errors that pass by themselves: the body and the header `Retry-After` have the seconds to wait."""

    fields: tuple[str, ...] = ("retry_after",)
    headers: Mapping[str, str]

    def __init__(self, *, retry_after: int = 1) -> None:
        super().__init__()
        self.retry_after = retry_after
        self.headers = {"Retry-After": str(retry_after)}


class InvalidRequest(OTPError):
    """The body or a header is malformed. Its `code` is a key of MESSAGES."""

    MESSAGES = {
        "json_invalid": _("Invalid JSON body"),
        "field_required": _("Action and email are required"),
        "address_ambiguous": _("Give email or phone, not both"),
        "otp_required": _("OTP is required"),
        "otp_not_a_string": _("OTP must be a string: a number loses its leading zeros"),
        "challenge_invalid": _("challenge must be true or false to send, and the returned string to verify"),
        "idempotency_key_invalid": _("Idempotency-Key must be 1 to 255 visible ASCII characters, without spaces"),
        "refresh_token_required": _("refresh_token must be the string last returned to you"),
    }

    def __init__(self, code: str) -> None:
        super().__init__(self.MESSAGES[code])
        self.code = code


class ActionInvalid(OTPError):  # `actions` are those that this site takes
    code, message, fields = "action_invalid", _("Invalid action"), ("actions",)

    def __init__(self, actions: Iterable[str], message: str | Promise | None = None) -> None:
        super().__init__(message)
        self.actions = list(actions)


class ParameterInvalid(OTPError):  # a query parameter is invalid; the message says which
    code, reason = "parameter_invalid", ""  # the reason is for the developer of the application that errs


class AddressInvalid(OTPError):
    code, message = "email_invalid", _("Invalid email format")


class PhoneInvalid(OTPError):
    code, message = "phone_invalid", _("Invalid phone number. Use the format +61412345678")


class CountryRefused(OTPError):  # not in OTP_SMS_COUNTRIES, which limit cost and SMS fraud
    code, message = "phone_country", _("Text messages can't be sent to this country")


class CodeInvalid(OTPError):
    status, code, message = 401, "otp_invalid", _("Invalid OTP")
    fields = ("attempts_left",)

    def __init__(self, *, attempts_left: int) -> None:
        super().__init__()
        self.attempts_left = attempts_left
        self.ends_code = self.is_last_attempt = attempts_left == 0


class CodeExpired(OTPError):
    status, code, message = 403, "otp_expired", _("OTP expired")
    ends_code = True


class AttemptsExceeded(OTPError):
    status, code, message = 403, "otp_attempts_exceeded", _("OTP attempts exceeded (%(limit)s)")
    fields = ("attempts_left",)
    attempts_left = 0
    ends_code = True

    def __init__(self, *, limit: int) -> None:
        super().__init__(str(self.message) % {"limit": limit})


class CodeNotFound(OTPError):  # there is no code, or it was used or revoked. The response doesn't say which
    status, code, message = 404, "otp_not_found", _("OTP not found")
    ends_code = True


class AccountInactive(OTPError):
    status, code, message = 403, "account_inactive", _("This account has been deactivated")


class AddressTaken(OTPError):
    status, code, message = 409, "address_taken", _("This address belongs to another account")


class TokenInvalid(OTPError):
    """The access token is missing, forged or expired, or its session has ended. The response doesn't say which."""

    status, code, message = 401, "token_invalid", _("Missing or invalid access token")
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class RefreshTokenInvalid(OTPError):
    status, code, message = 401, "refresh_token_invalid", _("Invalid refresh token. Sign in again")


class StaffOnly(OTPError):
    status, code, message = 403, "staff_only", _("Only staff can read this")


class CursorInvalid(OTPError):
    status, code, message = 404, "page_not_found", _("Invalid cursor. Start from the first page")


class TooManySends(Temporary, OTPError):
    status, code, message = 429, "too_many_requests", _("Too many requests. Try again later")


class CooldownActive(TooManySends):
    code, message = "otp_cooldown", _("A code was sent recently. Wait before requesting another")


class CallerLimited(TooManySends):
    code = "caller_limited"


class SMSLimited(TooManySends):  # the day's SMS for this number, its prefix or the whole site are used up
    code, message = "sms_limited", _("No more text messages can be sent today. Try again tomorrow, or use email")


class DeliveryFailed(Temporary, OTPError):  # the message wasn't sent, and its code is no longer valid
    reason = ""  # AWS's error code, for the log
    status, code, message = 503, "delivery_failed", _("The code could not be sent. Try again")
    repeatable = True


class DeliveryUnknown(DeliveryFailed):  # perhaps the message was sent: its code stays valid and counts as sent
    code, message = "delivery_unknown", _("The code may not have been sent. If it doesn't arrive, try again")


class Unavailable(Temporary, OTPError):
    status, code, message, repeatable = 503, "unavailable", _("Temporarily unavailable. Try again"), True


class BodyTooLarge(OTPError):
    status, code, message = 413, "body_too_large", _("The body is too large")


class MethodNotAllowed(OTPError):
    status, code, message = 405, "method_not_allowed", _("Allowed methods: %(methods)s")

    def __init__(self, *allowed: str) -> None:
        self.headers = {"Allow": ", ".join(allowed)}
        super().__init__(str(self.message) % {"methods": self.headers["Allow"]})


class ForeignOrigin(OTPError):
    status, code, message = 403, "foreign_origin", _("Requests from other sites are refused")


class MessageRefused(OTPError):
    status, code, message = 403, "message_refused", "Not a signed message of an accepted topic"


class PageOutdated(OTPError):
    status, code, message, repeatable = 403, "page_outdated", _("This page has expired"), True


class Forbidden(OTPError):
    status, code, message = 403, "forbidden", _("You can't open this page")


class NotFound(OTPError):
    status, code, message = 404, "not_found", _("Page not found")


class ServerError(OTPError):
    status, code, message, fields = 500, "server_error", _("Something went wrong"), ("error_id",)
    error_id = ""  # set where the error is logged


@contextmanager
def translate_storage_errors() -> Iterator[None]:
    """Translate OperationalError into Unavailable (503): DynamoDB is slow, throttling or out of reach."""
    try:
        yield
    except OperationalError as error:
        raise Unavailable from error
