"""The outcomes of a send, an attempt or a sign-in to an application: the word that is logged, and a label for staff.

Responses use the same words, except that WITHHELD looks like a code that was sent, LOCKED_OUT
like a wrong code, and CALLER_BLOCKED like CALLER_LIMITED.

An enum of its own rather than Django's TextChoices, because `stats.counts` uses it without Django.
"""

from enum import StrEnum


class Outcome(StrEnum):
    label: str

    def __new__(cls, word: str, label: str) -> "Outcome":
        made = str.__new__(cls, word)
        made._value_ = word
        made.label = label
        return made

    SENT = "otp_sent", "code sent"
    SUPPRESSED = "address_suppressed", "no code: its mail came back"
    SIGNUP_REFUSED = "signup_refused", "no code: may not sign up"
    SIGNED_IN = "otp_verified", "signed in"
    CLIENT_SIGNED_IN = "client_signed_in", "signed in to an application"
    ADDRESS_CHANGED = "address_changed", "address changed"
    WRONG_CODE = "otp_invalid", "wrong code"
    LOCKED_OUT = "otp_locked", "last wrong code: locked"
    EXPIRED = "otp_expired", "expired"
    ATTEMPTS_USED_UP = "otp_attempts_exceeded", "code was locked"
    NO_CODE = "otp_not_found", "no such code"
    INACTIVE = "account_inactive", "account deactivated"
    ADDRESS_TAKEN = "address_taken", "address of another account"
    COOLDOWN = "otp_cooldown", "requested too soon"
    CALLER_LIMITED = "caller_limited", "network over its quota"
    CALLER_BLOCKED = "caller_blocked", "network blocked"
    SMS_LIMITED = "sms_limited", "SMS of the day used up"
    DELIVERY_FAILED = "delivery_failed", "message failed"
    DELIVERY_UNKNOWN = "delivery_unknown", "message uncertain"
    UNAVAILABLE = "unavailable", "storage unavailable"
    REFRESH_REUSED = "refresh_token_reused", "old refresh token"
    SERVER_ERROR = "server_error", "our fault"


# The response says that a code was sent, but the message went to a simulator. Only staff see these.
WITHHELD = frozenset({Outcome.SUPPRESSED, Outcome.SIGNUP_REFUSED})
SUCCESSES = frozenset({Outcome.SENT, Outcome.SIGNED_IN, Outcome.CLIENT_SIGNED_IN, Outcome.ADDRESS_CHANGED})
