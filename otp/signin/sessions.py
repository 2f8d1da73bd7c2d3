"""Sessions: one for each sign-in, the same one when the request that opened it is repeated."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from otp import rules
from otp.clock import HOUR, seconds
from otp.conf import conf
from otp.dynamo.client import ConditionFailed
from otp.dynamo.operations import Delete, Put, Update, batch_get
from otp.models import Account, Session

from .callers import AGENT_LENGTH, Caller


def id_of(request: str) -> str:
    """The id of the session that a request opens."""
    return rules.keyed_hash(conf.keys[0], "session", request)[:32]


def new(subject: str, epoch: str, address: str, sid: str, kind: str, caller: Caller, now: datetime) -> Session:
    """A session from now until its fixed end, not yet written."""
    return Session(
        subject=subject,
        sid=sid,
        kind=kind,
        epoch=epoch,
        address=address,
        user_agent=caller.user_agent,
        ip_prefix=caller.ip_prefix,
        created_at=now,
        used_at=now,
        expires_at=now + timedelta(seconds=_age(kind)),
    )


def begin(account: Account, user_agent: str) -> Session:
    """Begin the session of a browser in which the site signs somebody in without a code."""
    caller = Caller("", user_agent[:AGENT_LENGTH])
    sid, kind = secrets.token_hex(16), Session.Kind.BROWSER
    session = new(account.pk, account.session_epoch, account.address, sid, kind, caller, timezone.now())
    Put(session).run()
    return session


def _age(kind: str) -> int:
    """Seconds. Of a program without tokens nothing remains but the answer, which it may ask for once more."""
    if kind == Session.Kind.BROWSER:
        return conf.session_age
    return conf.refresh_token_lifetime if conf.jwt_keys else conf.lifetime


def holder(key: Any, now: datetime | None = None) -> Account | None:
    """Whose session that is, with it as its `session`; None if it has ended. One consistent read."""
    session, account = read(key)
    return standing(account, session, now or timezone.now())


def read(key: Any) -> tuple[Session | None, Account | None]:
    """The session with that key, "subject sid" or a pair, and its account, in one consistent read."""
    subject = key[0] if isinstance(key, tuple) else key.partition(" ")[0]
    session, account = batch_get((Session, key), (Account, subject))
    return session, account


def standing(account: Account | None, session: Session | None, now: datetime) -> Account | None:
    """The account, if its session holds."""
    if not (account and session and account.is_active and session.expires_at > now):
        return None
    if session.epoch != account.session_epoch:
        return None
    account.session = session
    return account


def use(session: Session, now: datetime) -> bool:
    """Note that a browser's session is in use, once an hour. False if it ended meanwhile."""
    if now - session.used_at < seconds(HOUR):
        return True
    try:
        Update(Session, session.pk, {"used_at": now}, when=Q(pk__isnull=False)).run()
    except ConditionFailed:
        return False
    return True


def end(session: Session) -> None:
    """End one session, and no other."""
    Delete(Session, session.pk).run()
