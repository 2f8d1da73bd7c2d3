"""What an application may do for a person: a session, which begins with an authorization code.

The code is the session's token number 0, and valid for a minute. Redeeming it is one write, on condition that client,
redirect URI and challenge are those of the authorization request. A code that is redeemed again ends the session, as
either of the two may be a thief. A wrong verifier ends nothing.

The session depends on the browser's: signing out there ends it, unless it has the scope `offline_access`.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from otp.clock import MINUTE
from otp.conf import conf
from otp.dynamo.client import ConditionFailed, TransactionRefused
from otp.dynamo.operations import Check, Delete, Put, Update, batch_get, from_item, get, transact
from otp.exceptions import RefreshTokenInvalid
from otp.models import Account, Session
from otp.outcomes import Outcome
from otp.signin import log, sessions
from otp.signin.callers import Caller
from otp.signin.flows import Flow
from otp.tokens import rotation

from .clients import Client
from .protocol import AuthorizationRequest, OAuthError

CODE_LIFETIME = timedelta(seconds=MINUTE)
REFUSED = "expired, used, revoked, or issued for something else"


class AccessEnded(Exception):
    """The person, or the application, has ended the access that was given with an earlier consent."""


class SignInEnded(Exception):
    """The session of the browser has ended since it was read."""


@dataclass(frozen=True)
class Grant:
    """A client's valid session, and the account that it is for."""

    client: Client
    session: Session
    account: Account

    @property
    def scopes(self) -> list[str]:
        return scopes_of(self.client, self.session)


def scopes_of(client: Client, session: Session) -> list[str]:
    """The scopes of a session, without those that the client has lost since then."""
    return [scope for scope in session.scope.split() if scope in client.scopes]


def code_purpose(client: Client) -> rotation.Purpose:
    return ("authorization code", client.id)


def refresh_purpose(client: Client) -> rotation.Purpose:
    return ("client refresh", client.id)


def issue(
    authorization: AuthorizationRequest, account: Account, caller: Caller, now: datetime, while_open: str = ""
) -> Session:
    """A session for the account that is signed in here, with a code as its token. One write, with its log entry.

    Raises SignInEnded if the browser's session has ended. `while_open` is the id of an earlier session of the client.
    Raises AccessEnded if that has ended.
    """
    browser = account.session
    session = sessions.new(
        *(account.pk, account.session_epoch, browser.address, secrets.token_hex(16), Session.Kind.CLIENT, caller, now)
    )
    session.client, session.redirect_uri = authorization.client.id, authorization.redirect_uri
    session.scope = authorization.scope
    session.challenge, session.nonce = authorization.challenge or None, authorization.nonce or None
    session.browser, session.auth_time = browser.sid, browser.created_at
    session.expires_at = now + CODE_LIFETIME  # type: ignore[assignment]  # Django's fields have no types
    entry = log.entry(
        Outcome.CLIENT_SIGNED_IN,
        address=browser.address,
        flow=Flow("page"),
        caller=caller,
        now=now,
        account=account.pk,
    )
    entry.client = session.client
    still_open = Q(epoch=account.session_epoch, expires_at__gt=now)
    checks = {"browser": Check(Session, browser.pk, still_open)}
    if while_open:
        checks["earlier"] = Check(Session, (account.pk, while_open), still_open)
    try:
        transact(Put(session), Put(entry), **checks)
    except TransactionRefused as refusal:
        raise (SignInEnded if "browser" in refusal.failed else AccessEnded) from refusal
    return session


def code_of(session: Session, client: Client) -> str:
    return rotation.token_of(session, code_purpose(client))


def redeem(client: Client, code: str, uri: str, verifier: str, caller: Caller, now: datetime) -> Grant:
    """Exchange a code for the first token. One write, which is never repeated, and one read. Raises OAuthError."""
    try:
        key, _ = rotation.read(code, code_purpose(client))
    except RefreshTokenInvalid as error:
        raise OAuthError("invalid_grant", REFUSED) from error
    bound = Q(challenge=challenge_of(verifier)) if verifier else Q(challenge__isnull=True)
    unused = Q(refreshes=0, client=client.id, redirect_uri=uri, expires_at__gt=now) & bound
    changes = {"refreshes": 1, "used_at": now, "expires_at": now + timedelta(seconds=conf.refresh_token_lifetime)}
    try:
        session = Update(Session, key, changes, when=unused).run()
    except ConditionFailed as refusal:
        _end_if_used(refusal, caller, now)
        raise OAuthError("invalid_grant", REFUSED) from refusal
    return _valid(client, session, now, needs_browser=True)


def refresh(client: Client, token: str, caller: Caller, now: datetime) -> Grant:
    """Exchange a refresh token for the next. One write and one read. Raises OAuthError."""
    try:
        session = rotation.rotate(token, refresh_purpose(client), caller, now)
    except RefreshTokenInvalid as error:
        raise OAuthError("invalid_grant", REFUSED) from error
    return _valid(client, session, now)


def of_session(client: Client, subject: str, sid: str, now: datetime) -> Grant:
    """The grant of an access token. Two reads. Raises OAuthError."""
    session = get(Session, (subject, sid))
    if session is None or session.client != client.id:
        raise OAuthError("invalid_token", REFUSED)
    try:
        return _valid(client, session, now)
    except OAuthError as error:
        raise OAuthError("invalid_token", REFUSED) from error


def end(key: Any) -> None:
    """End a client's session. No error if it has ended before."""
    Delete(Session, key).run()


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _end_if_used(refusal: ConditionFailed, caller: Caller, now: datetime) -> None:
    if not refusal.old:
        return
    session = from_item(Session, refusal.old)
    if session.refreshes == 0:
        return  # the verifier, the redirect URI or the time was wrong
    try:
        rotation.end_reused(session, caller, now)
    except RefreshTokenInvalid:
        return  # a parallel request has ended it


def _valid(client: Client, session: Session, now: datetime, *, needs_browser: bool = False) -> Grant:
    """The grant of a session, after one read of its account and browser. Raises OAuthError.

    With `offline_access` it outlives the browser's session, unless `needs_browser`.
    """
    needs_browser |= "offline_access" not in scopes_of(client, session)
    account, browser = batch_get((Account, session.subject), (Session, (session.subject, session.browser)))
    signed_in = sessions.if_valid(account, browser, now) or not needs_browser
    if not (signed_in and sessions.if_valid(account, session, now)):
        raise OAuthError("invalid_grant", REFUSED)
    return Grant(client, session, account)
