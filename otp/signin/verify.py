"""Verify a code: one conditional write that counts the attempt, and if the code is correct one transaction.

Whatever goes wrong is raised as an OTPError: errors of the caller and failures of AWS alike.
"""

from django.utils import timezone

from otp import rules, signals
from otp.exceptions import translate_storage_errors
from otp.models import Account, Session
from otp.outcomes import Outcome

from . import attempts, log
from .callers import Caller
from .finish import finish
from .flows import Flow

KINDS = {"page": Session.Kind.BROWSER, "api": Session.Kind.PROGRAM}


@signals.announced(Outcome.SIGNED_IN, signals.signed_in, "account")
@translate_storage_errors()
def verify_code(*, address: str, flow: Flow, guess: str, caller: Caller, request_id: str | None = None) -> Account:
    """Verify `guess` and sign in. Returns the account, created if it is new, with the new `session` as an attribute.

    A request with the same `request_id` and guess counts as the same attempt, and returns the same session as long as
    that is valid.
    Raises CodeInvalid, CodeExpired, AttemptsExceeded, CodeNotFound, AccountInactive, Unavailable.
    """
    now = timezone.now()
    guess = rules.normalize_code(guess)
    request_key = flow.request_key(request_id, "verify", address, guess)
    entry = log.entry(Outcome.SIGNED_IN, address=address, flow=flow, caller=caller, now=now)
    with log.refusals(entry, caller):
        code = attempts.correct_code(flow, address, guess, request_key, entry, now)
        return finish(code, request_key, KINDS[flow.kind], entry, caller, now)
