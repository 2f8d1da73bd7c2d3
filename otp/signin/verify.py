"""Verify a code: a try is one conditional write, and a right one adds one transaction.

Raises OTPError, and nothing else, for whatever a caller can cause or can't help.
"""

from django.utils import timezone

from otp import rules, signals
from otp.conf import conf
from otp.exceptions import CodeInvalid, OTPError, translate_storage_errors
from otp.models import Account, Session
from otp.outcomes import Outcome

from . import log, tries
from .callers import Caller
from .finish import finish
from .flows import Flow

KINDS = {"page": Session.Kind.BROWSER, "api": Session.Kind.PROGRAM}


@signals.announced(Outcome.SIGNED_IN, signals.signed_in, "account")
@translate_storage_errors()
def verify_code(*, address: str, flow: Flow, guess: str, caller: Caller, request_id: str | None = None) -> Account:
    """Take a guess; the account that it opens, made now if need be, with its new `session`.

    The same `request_id` and guess again is the same try, and opens the same session while that holds.
    Raises CodeInvalid, CodeExpired, AttemptsExceeded, CodeNotFound, AccountInactive, Unavailable.
    """
    now = timezone.now()
    guess = rules.normal_code(guess)
    request = flow.request_key(request_id, "verify", address, guess)
    entry = log.entry(Outcome.SIGNED_IN, address=address, flow=flow, caller=caller, now=now)
    digests = [rules.digest(key, flow=str(flow), address=address, code=guess) for key in conf.keys]
    try:
        code, number = tries.count(flow.key(address), request, now)
        entry.account = code.account
        if not rules.matches(digests, code.code_digest):
            raise CodeInvalid(attempts_left=max(conf.tries - number, 0))
        entry.took = int((now - code.created_at).total_seconds())
        return finish(code, request, KINDS[flow.kind], entry, caller, now)
    except OTPError as refusal:
        entry.outcome = refusal.code
        log.write_refusal(entry, caller)
        raise
