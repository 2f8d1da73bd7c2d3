"""Verify a code: a try is one conditional write, and a right one adds two more.

Raises OTPError, and nothing else, for whatever a caller can cause or can't help.
"""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from otp import rules, signals
from otp.conf import conf
from otp.dynamo.client import ConditionFailed, TransactionRefused
from otp.dynamo.operations import Put, Update, from_item, transact
from otp.exceptions import AccountInactive, CodeInvalid, CodeNotFound, OTPError, translate_storage_errors
from otp.models import Account, Attempt, Code
from otp.outcomes import Outcome

from . import log, tries
from .callers import Caller
from .flows import Flow

# From the account that is signed in and the id of the request (the same when it is repeated) to the writes beside it.
Grant = Callable[[Account, str], dict[str, Put]]


@signals.announced(Outcome.SIGNED_IN, signals.signed_in, "account")
@translate_storage_errors()
def verify_code(
    *,
    address: str,
    flow: Flow,
    guess: str,
    caller: Caller,
    request_id: str | None = None,
    grant: Grant = lambda account, request: {},
) -> Account:
    """Take a guess; the account that it opens, made now if need be. The same `request_id` and guess again is one try.

    `grant` is asked for what else is to be written once somebody is in: all with the log entry, or nothing.
    Raises CodeInvalid, CodeExpired, AttemptsExceeded, CodeNotFound, AccountInactive, Unavailable.
    """
    now = timezone.now()
    guess = rules.normal_code(guess)
    request = flow.request_key(request_id, "verify", address, guess)
    entry = log.entry(Outcome.SIGNED_IN, address=address, flow=flow, caller=caller, now=now)
    digests = [rules.digest(key, flow=str(flow), address=address, code=guess) for key in conf.keys]
    try:
        code, number = tries.count(flow.key(address), digests, request, now)
        if not rules.matches(digests, code.code_digest):
            raise CodeInvalid(attempts_left=max(conf.tries - number, 0))
        account = _touch_account(address, now)
        entry.took = int((now - code.created_at).total_seconds())
        _finish(code, request, entry, grant(account, request))
    except OTPError as refusal:
        entry.outcome = refusal.code
        log.write_refusal(entry, caller)
        raise
    return account


def _touch_account(address: str, now: datetime) -> Account:
    """The address's account, made at its first sign-in, as it is now."""
    changes = {**Account.initial_values(now), "signed_in_at": now}
    active = Q(is_active__isnull=True) | Q(is_active=True)
    try:
        return Update(Account, address, changes, when=active, repeatable=True).run()
    except ConditionFailed as refusal:
        raise AccountInactive from refusal


def _finish(code: Code, request: str, entry: Attempt, granted: dict[str, Put]) -> None:
    """Write down that somebody is in, once: the code is done, and the log knows."""
    still_open = Q(status=Code.Status.PENDING, code_digest=code.code_digest)
    try:
        transact(
            code=Update(Code, code.key, {"status": Code.Status.VERIFIED}, when=still_open),
            entry=Put(entry),
            **granted,
        )
    except TransactionRefused as refusal:
        old = refusal.failed.get("code")
        if not (old and request in from_item(Code, old).tried_by and from_item(Code, old).status == "VERIFIED"):
            raise CodeNotFound from refusal  # revoked, or replaced by a newer one, since it was compared
