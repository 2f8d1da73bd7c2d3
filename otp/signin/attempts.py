"""Count an attempt to verify a code, then compare the code."""

from datetime import datetime

from django.db.models import Q
from django.db.utils import OperationalError

from otp import rules
from otp.conf import conf
from otp.dynamo.client import ConditionFailed
from otp.dynamo.expressions import Add, Append
from otp.dynamo.operations import Update, from_item
from otp.exceptions import AttemptsExceeded, CodeExpired, CodeInvalid, CodeNotFound, OTPError
from otp.models import Code, LogEntry
from otp.outcomes import Outcome

from . import sessions
from .flows import Flow


def correct_code(flow: Flow, address: str, guess: str, request_key: str, entry: LogEntry, now: datetime) -> Code:
    """Count an attempt and compare it. Returns the code, if the guess is correct, and completes the log entry.

    Raises CodeInvalid, CodeExpired, AttemptsExceeded, CodeNotFound.
    """
    digests = [rules.digest(key, flow=str(flow), address=address, code=guess) for key in conf.keys]
    code, number, is_repeated = count(flow.key(address), request_key, now)
    entry.account = code.account
    is_correct = rules.matches(digests, code.code_digest)
    if refusal := _refusal(code, is_correct, number, now):
        refusal.outcome = None if is_repeated else refusal.outcome
        raise refusal
    entry.took = max(int((now - code.created_at).total_seconds()), 0)
    return code


def _refusal(code: Code, is_correct: bool, number: int, now: datetime) -> OTPError | None:
    if code.has_expired(now):
        return CodeNotFound() if is_correct and code.status == Code.Status.VERIFIED else CodeExpired()
    if is_correct:
        return None
    wrong = CodeInvalid(attempts_left=max(conf.max_attempts - number, 0))
    wrong.outcome = Outcome.LOCKED_OUT if wrong.is_last_attempt else ""
    return wrong


def count(key: str, request_key: str, now: datetime) -> tuple[Code, int, bool]:
    """Count an attempt in one conditional write. Returns the code, the number of this attempt, from 1, and whether this
    request repeats one that was counted.

    Attempts at a used or expired code are counted too: the comparison then decides the response, so a stranger
    can't tell that the code was used. `attempt_keys` holds the requests that were counted, so that a repeated one isn't
    counted again. Raises CodeNotFound, CodeExpired, AttemptsExceeded.
    """
    allowed = (
        Q(code_digest__isnull=False, attempts__lt=conf.max_attempts)
        & ~Q(status=Code.Status.REVOKED)
        & ~Q(attempt_keys__contains=request_key)
    )
    changes = {"attempts": Add(1), "attempt_keys": Append([request_key])}
    try:
        code = Update(Code, key, changes, when=allowed, repeatable=True).run()  # a second one fails on `attempt_keys`
    except ConditionFailed as refusal:
        counted = _counted_before(from_item(Code, refusal.old) if refusal.old else None, request_key, now)
        return *counted, not refusal.may_be_own
    return code, code.attempts, False


def give_back(code: Code, request_key: str) -> None:
    """Uncount a correct attempt whose sign-in failed, so that our failure doesn't use up the code.

    Only if no other attempt was counted since: the condition compares the whole list.
    """
    others = [each for each in code.attempt_keys if each != request_key]
    unchanged = Q(status=Code.Status.PENDING, send=code.send, attempts=code.attempts, attempt_keys=code.attempt_keys)
    try:
        Update(Code, code.pk, {"attempts": code.attempts - 1, "attempt_keys": others}, when=unchanged).run()
    except (ConditionFailed, OperationalError):
        return  # the caller reports the failure of the sign-in


def _counted_before(code: Code | None, request_key: str, now: datetime) -> tuple[Code, int]:
    """The result of an attempt that was counted before. For any other, raise the reason why it isn't allowed."""
    repeated = code and request_key in code.attempt_keys
    if not code or not code.code_digest or (code.status == Code.Status.REVOKED and not repeated):
        raise CodeNotFound
    if not repeated:
        raise CodeExpired if code.has_expired(now) else AttemptsExceeded(limit=conf.max_attempts)
    return code, _number(code, request_key)


def _number(code: Code, request_key: str) -> int:
    """The number of a counted attempt, from 1. The one that signed in has none, or `attempts_left` would reveal it."""
    counted = [each for each in code.attempt_keys if sessions.id_of(each) != code.sid]
    return counted.index(request_key) + 1 if request_key in counted else code.attempts
