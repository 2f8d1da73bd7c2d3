"""Tokens: a signed one that tells other services who somebody is, and an opaque one that fetches the next.

A refresh token names its session and its number in it, under our key. So whoever repeats a request whose answer was
lost gets the same token, the table holds a number and nothing of any token, and what we never issued reaches no
session. Nothing here imports PyJWT until a token is made or read.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from otp import rules
from otp.conf import conf
from otp.dynamo.client import ConditionFailed, TransactionRefused
from otp.dynamo.operations import Delete, Put, Update, from_item, get, transact
from otp.exceptions import RefreshTokenInvalid, TokenInvalid, translate_storage_errors
from otp.models import Account, Session
from otp.outcomes import Outcome
from otp.signin import log, sessions
from otp.signin.callers import Caller
from otp.signin.flows import Flow
from otp.signin.verify import verify_code

from . import keyring

TYPE = "at+jwt"  # RFC 9068's; a token of another purpose, signed by the same key, is not an access token
TWO_TABS = timedelta(seconds=30)
REQUIRED = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid"]
REFRESH_TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{32})\.([0-9]{1,9})\.([0-9a-f]{64})")


@dataclass(frozen=True)
class Tokens:
    """What a sign-in or a refresh hands out. `expires_in`: the seconds that the access token holds."""

    access_token: str
    refresh_token: str
    expires_in: int

    def answer(self) -> dict[str, Any]:
        """As the fields that OAuth 2 (RFC 6749) has given every client the names of."""
        return {"token_type": "Bearer", **vars(self)}


# -- the four verbs --------------------------------------------------------------------------------


def sign_in(**attempt: Any) -> Tokens:
    """`verify_code`, with its keywords and refusals, and the tokens of its session."""
    return _tokens(verify_code(**attempt).session)


@translate_storage_errors()
def refresh(token: str, caller: Caller) -> Tokens:
    """Trade a refresh token for the next one and a new access token.

    The newest token's parent, within 30 s, gets the newest again: two tabs, or a lost answer. Any older one was copied
    by somebody: the session ends, and the log says so. Raises RefreshTokenInvalid, Unavailable.
    """
    now = timezone.now()
    key, number = _read_refresh_token(token)
    is_newest = Q(refreshes=number, expires_at__gt=now)
    try:
        # A repetition finds the token to be the parent, and is answered as a lost answer is.
        changes = {"refreshes": number + 1, "used_at": now}
        session = Update(Session, key, changes, when=is_newest, repeatable=True).run()
    except ConditionFailed as refusal:
        if not refusal.old:
            raise RefreshTokenInvalid from refusal
        session = from_item(Session, refusal.old)
        _check_parent(session, number, caller, now)
    # Read after the write: whoever was deactivated or signed out everywhere by now gets nothing.
    if not sessions.standing(get(Account, session.subject), session, now):
        raise RefreshTokenInvalid
    return _tokens(session)


@translate_storage_errors()
def sign_out(token: str) -> None:
    """End the session of a refresh token, whichever of its tokens this is. One that has ended is no error."""
    try:
        key, _ = _read_refresh_token(token)
    except RefreshTokenInvalid:
        return  # it was never issued, and ends nothing
    Delete(Session, key).run()


@translate_storage_errors()
def holder(access_token: str) -> Account:
    """Whose access token this is, unless its session has ended. Raises TokenInvalid, Unavailable."""
    claims = _read(access_token)
    if account := sessions.holder((claims["sub"], claims["sid"])):
        return account
    raise TokenInvalid


# -- refresh tokens --------------------------------------------------------------------------------


def _refresh_token(session: Session) -> str:
    """The newest one of a session: 256 bits that only we can make, behind what they are of."""
    parts = (session.subject, session.sid, str(session.refreshes))
    return ".".join([*parts, rules.keyed_hash(conf.keys[0], "refresh", *parts)])


def _read_refresh_token(token: str) -> tuple[tuple[str, str], int]:
    """The key of its session, and its number in it. Raises RefreshTokenInvalid for what we never issued."""
    found = REFRESH_TOKEN.fullmatch(token)
    if not found:
        raise RefreshTokenInvalid
    *parts, proof = found.groups()
    if not any([hmac.compare_digest(rules.keyed_hash(key, "refresh", *parts), proof) for key in conf.keys]):
        raise RefreshTokenInvalid
    subject, sid, number = parts
    return (subject, sid), int(number)


def _check_parent(session: Session, number: int, caller: Caller, now: datetime) -> None:
    """Raises RefreshTokenInvalid, unless a token that isn't its session's newest is the parent, replaced just now."""
    if session.expires_at <= now:
        raise RefreshTokenInvalid
    if number == session.refreshes - 1 and now - session.used_at <= TWO_TABS:
        return
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
        raise RefreshTokenInvalid from refusal  # ended already: one line in the log is enough
    raise RefreshTokenInvalid


# -- access tokens ---------------------------------------------------------------------------------


def _tokens(session: Session) -> Tokens:
    return Tokens(_access_token(session), _refresh_token(session), conf.access_token_lifetime)


def _access_token(session: Session) -> str:
    import jwt

    now = int(timezone.now().timestamp())
    claims = {
        "iss": conf.jwt_issuer,
        "aud": conf.jwt_audience or [conf.jwt_issuer],
        "sub": session.subject,
        "iat": now,
        "nbf": now,
        "exp": now + conf.access_token_lifetime,
        "jti": secrets.token_urlsafe(16),
        "sid": session.sid,
        **address_claim(session),
    }
    key = keyring.signing()
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"typ": TYPE, "kid": key.kid})


def address_claim(session: Session) -> dict[str, str]:
    """The address that was signed in with, under the name that OpenID Connect gives it."""
    return {"email" if "@" in session.address else "phone_number": session.address}


def _read(access_token: str) -> dict[str, Any]:
    """The claims of an access token of ours. Raises TokenInvalid.

    Algorithm and key are those that we hold under the token's `kid`; its own word on either is not asked.
    """
    import jwt

    try:
        header = jwt.get_unverified_header(access_token)
        key = next(key for key in keyring.all_keys() if key.kid == header.get("kid"))
        if header.get("typ") != TYPE:
            raise TokenInvalid
        return jwt.decode(
            access_token,
            key.public,
            algorithms=[key.algorithm],
            issuer=conf.jwt_issuer,
            audience=conf.jwt_audience or [conf.jwt_issuer],
            options={"require": REQUIRED},
        )
    except (jwt.InvalidTokenError, StopIteration) as error:
        raise TokenInvalid from error
