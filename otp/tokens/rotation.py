"""Refresh tokens: each is exchanged for the next one. So are authorization codes, for the first one.

A token contains its session's key and a number, authenticated with one of OTP_KEYS for a purpose. So a repeated request
gets the same token again, the table stores only the number, a token of one purpose can't be used for another, and text
that was never issued as a token reaches no session.
"""

import hmac
import re
from datetime import datetime

from django.db.models import Q

from otp import rules
from otp.conf import conf
from otp.dynamo.client import ConditionFailed, TransactionRefused
from otp.dynamo.operations import Delete, Put, Update, from_item, transact
from otp.exceptions import RefreshTokenInvalid
from otp.models import Session
from otp.outcomes import Outcome
from otp.signin import log
from otp.signin.callers import Caller
from otp.signin.flows import Flow

TOKEN = re.compile(r"([!-~]{1,64})\.([0-9a-f]{32})\.([0-9]{1,9})\.([0-9a-f]{64})")

Purpose = tuple[str, ...]
SessionKey = tuple[str, str]


def token_of(session: Session, purpose: Purpose) -> str:
    """The newest token of a session: its key and number, and a 256-bit MAC."""
    parts = (session.subject, session.sid, str(session.refreshes))
    return ".".join([*parts, rules.keyed_hash(conf.keys[0], *purpose, *parts)])


def read(token: str, purpose: Purpose) -> tuple[SessionKey, int]:
    """The key of its session, and its number. Raises RefreshTokenInvalid if it wasn't issued here for this purpose."""
    match = TOKEN.fullmatch(token)
    if not match:
        raise RefreshTokenInvalid
    *parts, mac = match.groups()
    if not any([hmac.compare_digest(rules.keyed_hash(key, *purpose, *parts), mac) for key in conf.keys]):
        raise RefreshTokenInvalid
    subject, sid, number = parts
    return (subject, sid), int(number)


def rotate(token: str, purpose: Purpose, caller: Caller, now: datetime) -> Session:
    """Exchange a token for the next one; returns the session. Raises RefreshTokenInvalid.

    The previous token gets the newest again until the newest is used, because of two tabs or a lost response. Any older
    one is taken for a stolen copy: the session ends, which is logged.
    """
    key, number = read(token, purpose)
    is_newest = Q(refreshes=number, expires_at__gt=now)
    try:
        # Repeatable: the second time, the token is the previous one, which is accepted.
        changes = {"refreshes": number + 1, "used_at": now}
        return Update(Session, key, changes, when=is_newest, repeatable=True).run()
    except ConditionFailed as refusal:
        if not refusal.old:
            raise RefreshTokenInvalid from refusal
        session = from_item(Session, refusal.old)
    # A number above the newest is of a session that a backup restored: the token was lost, not copied.
    if session.expires_at <= now or number > session.refreshes:
        raise RefreshTokenInvalid
    if number < session.refreshes - 1:
        end_reused(session, caller, now)
        raise RefreshTokenInvalid
    return session


def end_reused(session: Session, caller: Caller, now: datetime) -> None:
    """End a session whose token was used twice, and log it, unless it has ended already."""
    entry = log.entry(
        Outcome.REFRESH_REUSED,
        address=session.address,
        flow=Flow("api"),
        caller=caller,
        now=now,
        account=session.subject,
    )
    try:
        transact(Delete(Session, session.pk, when=Q(pk__isnull=False)), Put(entry))
    except TransactionRefused as refusal:
        raise RefreshTokenInvalid from refusal  # it had ended and is logged already
