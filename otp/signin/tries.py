"""Counting a try at a code, before anything is compared."""

from datetime import datetime

from django.db.models import Q
from django.db.utils import OperationalError

from otp.conf import conf
from otp.dynamo.client import ConditionFailed
from otp.dynamo.expressions import Add, Append
from otp.dynamo.operations import Update, from_item
from otp.exceptions import AttemptsExceeded, CodeExpired, CodeNotFound
from otp.models import Code

from . import sessions


def count(key: str, request: str, now: datetime) -> tuple[Code, int]:
    """Count a try in one write: the code, and the number of this try, from 1.

    A code that was used is tried like any other, so that nobody can tell. `tried_by` lets a request whose answer was
    lost be told from a second try. Raises CodeNotFound, CodeExpired, AttemptsExceeded.
    """
    open_for_this = (
        Q(code_digest__isnull=False, otp_expiry__gt=now, attempts__lt=conf.tries)
        & ~Q(status=Code.Status.REVOKED)
        & ~Q(tried_by__contains=request)
    )
    changes = {"attempts": Add(1), "tried_by": Append([request])}
    try:
        code = Update(Code, key, changes, when=open_for_this, repeatable=True).run()  # `tried_by` knows a repetition
    except ConditionFailed as refusal:
        return _refused(from_item(Code, refusal.old) if refusal.old else None, request, now)
    return code, code.attempts


def give_back(code: Code, request: str) -> None:
    """Count a try no more that was right and came to nothing, so that the code loses nothing by it.

    Only where no other try was counted since: then somebody is guessing, and whoever repeats this one has others left.
    """
    others = [each for each in code.tried_by if each != request]
    as_counted = Q(status=Code.Status.PENDING, send=code.send, attempts=code.attempts, tried_by=code.tried_by)
    try:
        Update(Code, code.pk, {"attempts": code.attempts - 1, "tried_by": others}, when=as_counted).run()
    except (ConditionFailed, OperationalError):
        return  # the try that failed is what its caller is told about


def _refused(code: Code | None, request: str, now: datetime) -> tuple[Code, int]:
    """Why a try didn't pass; unless it had passed before, when it is the same try once more."""
    repeated = code and request in code.tried_by
    if not code or not code.code_digest or (code.status == Code.Status.REVOKED and not repeated):
        raise CodeNotFound
    if code.otp_expiry <= now:
        raise CodeExpired
    if not repeated:
        raise AttemptsExceeded(limit=conf.tries)
    return code, _number(code, request)


def _number(code: Code, request: str) -> int:
    """Which try of the code a request was. The one that signed somebody in doesn't count: that can't be seen."""
    counted = [each for each in code.tried_by if sessions.id_of(each) != code.sid]
    return counted.index(request) + 1 if request in counted else code.attempts
