"""Sessions: one for each sign-in. A repeated request gets the session that it opened the first time."""

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


def id_of(request_key: str) -> str:
    """The id of the session that a request opens, derived from its key."""
    return rules.keyed_hash(conf.keys[0], "session", request_key)[:32]


def new(subject: str, epoch: str, address: str, sid: str, kind: str, caller: Caller, now: datetime) -> Session:
    """A session that begins now and has a fixed end, not yet written."""
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
    """Begin the session of a browser that is signed in without a code, by Django's `login`."""
    caller = Caller("", user_agent[:AGENT_LENGTH])
    sid, kind = secrets.token_hex(16), Session.Kind.BROWSER
    session = new(account.pk, account.session_epoch, account.address, sid, kind, caller, timezone.now())
    Put(session).run()
    return session


def _age(kind: str) -> int:
    """Seconds until a session ends. A program without tokens needs it only to repeat its request."""
    if kind == Session.Kind.BROWSER:
        return conf.session_age
    return conf.refresh_token_lifetime if conf.jwt_keys else conf.lifetime


def account_of(key: Any, now: datetime | None = None) -> Account | None:
    """The account of a valid session, with the session as an attribute; None if it has ended. One consistent read."""
    session, account = read(key)
    return if_valid(account, session, now or timezone.now())


def read(key: Any) -> tuple[Session | None, Account | None]:
    """A session and its account in one consistent read. The key is "subject sid" or a pair of these."""
    subject = key[0] if isinstance(key, tuple) else key.partition(" ")[0]
    session, account = batch_get((Session, key), (Account, subject))
    return session, account


def if_valid(account: Account | None, session: Session | None, now: datetime) -> Account | None:
    """The account with its session, if both are valid; otherwise None."""
    if not (account and session and account.is_active and session.expires_at > now):
        return None
    if session.epoch != account.session_epoch:
        return None
    account.session = session
    return account


def valid_of(account: Account, now: datetime) -> list[Session]:
    """The valid sessions of an account, most recently used first, in one consistent query."""
    if not account.is_active:
        return []
    valid = Session.objects.filter(subject=account.pk, epoch=account.session_epoch, expires_at__gt=now)
    return sorted(valid, key=lambda session: (session.used_at, session.created_at, session.sid), reverse=True)


def use(session: Session, now: datetime) -> bool:
    """Store when a browser's session was last used, at most once an hour. False if it has ended meanwhile."""
    if now - session.used_at < seconds(HOUR):
        return True
    try:
        Update(Session, session.pk, {"used_at": now}, when=Q(pk__isnull=False)).run()
    except ConditionFailed:
        return False
    return True


def end(session: Session) -> None:
    """End this session."""
    Delete(Session, session.pk).run()
