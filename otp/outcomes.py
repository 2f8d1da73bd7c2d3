"""The outcomes of a send or an attempt: the machine word, used in responses and in the log, and a label for staff.

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
    SIGNED_IN = "otp_verified", "signed in"
    ADDRESS_CHANGED = "address_changed", "address changed"
    WRONG_CODE = "otp_invalid", "wrong code"
    EXPIRED = "otp_expired", "expired"
    ATTEMPTS_USED_UP = "otp_attempts_exceeded", "attempts used up"
    NO_CODE = "otp_not_found", "no such code"
    INACTIVE = "account_inactive", "account deactivated"
    ADDRESS_TAKEN = "address_taken", "address of another account"
    COOLDOWN = "otp_cooldown", "asked too soon"
    CALLER_LIMITED = "caller_limited", "network over its quota"
    SMS_LIMITED = "sms_limited", "SMS of the day used up"
    DELIVERY_FAILED = "delivery_failed", "message failed"
    DELIVERY_UNKNOWN = "delivery_unknown", "message uncertain"
    UNAVAILABLE = "unavailable", "storage unavailable"
    REFRESH_REUSED = "refresh_token_reused", "old refresh token"
    SERVER_ERROR = "server_error", "our fault"


SUCCESSES = frozenset({Outcome.SENT, Outcome.SIGNED_IN, Outcome.ADDRESS_CHANGED})
