"""Counting a try at a code, before anything is compared."""

from datetime import datetime

from django.db.models import F, Q

from otp.conf import conf
from otp.dynamo.client import ConditionFailed
from otp.dynamo.expressions import Add, Append
from otp.dynamo.operations import Update, from_item
from otp.exceptions import AttemptsExceeded, CodeExpired, CodeNotFound
from otp.models import Code


def count(key: str, digests: list[str], request: str, now: datetime) -> tuple[Code, int]:
    """Count a try in one write: the code, and the number of this try, from 1.

    A right guess leaves the code's own digest among `tries`, after which nothing passes any more: counted,
    race-proof and single-use at once. `tried_by` lets a request whose answer was lost be told from a second try.
    Raises CodeNotFound, CodeExpired, AttemptsExceeded.
    """
    open_for_this = (
        Q(status=Code.Status.PENDING, otp_expiry__gt=now, attempts__lt=conf.tries, code_digest__isnull=False)
        & ~Q(tries__contains=F("code_digest"))
        & ~Q(tried_by__contains=request)
    )
    changes = {"attempts": Add(1), "tries": Append(digests), "tried_by": Append([request])}
    try:
        code = Update(Code, key, changes, when=open_for_this, repeatable=True).run()  # `tried_by` knows a repetition
    except ConditionFailed as refusal:
        return _refused(from_item(Code, refusal.old) if refusal.old else None, request, now)
    return code, code.attempts


def _refused(code: Code | None, request: str, now: datetime) -> tuple[Code, int]:
    """Why a try didn't pass; unless it had passed before, when it is the same try once more."""
    repeated = code and request in code.tried_by
    if not code or not code.code_digest:
        raise CodeNotFound
    if not repeated and (code.status != Code.Status.PENDING or code.code_digest in code.tries):
        raise CodeNotFound
    if code.otp_expiry <= now:
        raise CodeExpired
    if not repeated:
        raise AttemptsExceeded(limit=conf.tries)
    return code, code.tried_by.index(request) + 1
