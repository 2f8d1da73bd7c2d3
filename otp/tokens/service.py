"""Access tokens, which are signed JWTs for other services, and refresh tokens, which get the next ones.

A refresh token contains its session's key and a number, authenticated with one of OTP_KEYS. So a repeated request gets
the same token again, the table stores only the number, and text that was never issued as a token reaches no session.
PyJWT is imported only when an access token is made or read.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
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

from . import claims, keyring

TYPE = "at+jwt"  # of RFC 9068: tokens of another type that the same key signed are refused
REQUIRED = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid"]
REFRESH_TOKEN = re.compile(r"([!-~]{1,64})\.([0-9a-f]{32})\.([0-9]{1,9})\.([0-9a-f]{64})")


@dataclass(frozen=True)
class Tokens:
    """The result of a sign-in or a refresh. `expires_in`: seconds until the access token expires."""

    access_token: str
    refresh_token: str
    expires_in: int

    def answer(self) -> dict[str, Any]:
        """As the fields of an OAuth 2 token response (RFC 6749)."""
        return {"token_type": "Bearer", **vars(self)}


# -- what callers can do ----------------------------------------------------------------------------


def sign_in(**attempt: Any) -> Tokens:
    """Call `verify_code` with these keywords, and return the tokens of the session. Raises the same errors."""
    account = verify_code(**attempt)
    return _tokens(account, account.session)


@translate_storage_errors()
def refresh(token: str, caller: Caller) -> Tokens:
    """Exchange a refresh token for the next one and a new access token.

    The previous token gets the newest again until the newest is used, because of two tabs or a lost response. Any older
    one is taken for a stolen copy: the session ends, which is logged. Raises RefreshTokenInvalid, Unavailable.
    """
    now = timezone.now()
    key, number = _read_refresh_token(token)
    is_newest = Q(refreshes=number, expires_at__gt=now)
    try:
        # Repeatable: the second time, the token is the previous one, which is accepted.
        changes = {"refreshes": number + 1, "used_at": now}
        session = Update(Session, key, changes, when=is_newest, repeatable=True).run()
    except ConditionFailed as refusal:
        if not refusal.old:
            raise RefreshTokenInvalid from refusal
        session = from_item(Session, refusal.old)
        _check_previous(session, number, caller, now)
    # The account is read after the write, so that a deactivation meanwhile is noticed.
    account = sessions.if_valid(get(Account, session.subject), session, now)
    if not account:
        raise RefreshTokenInvalid
    return _tokens(account, session)


@translate_storage_errors()
def sign_out(token: str) -> None:
    """End the session of a refresh token, also of an older one. No error if it has ended before."""
    try:
        key, _ = _read_refresh_token(token)
    except RefreshTokenInvalid:
        return  # never issued, so it ends nothing
    Delete(Session, key).run()


@translate_storage_errors()
def account_of(access_token: str) -> Account:
    """The account of an access token whose session is valid. Raises TokenInvalid, Unavailable."""
    content = _read(access_token)
    if account := sessions.account_of((content["sub"], content["sid"])):
        return account
    raise TokenInvalid


# -- refresh tokens --------------------------------------------------------------------------------


def _refresh_token(session: Session) -> str:
    """The newest refresh token of a session: its key and number, and a 256-bit MAC."""
    parts = (session.subject, session.sid, str(session.refreshes))
    return ".".join([*parts, rules.keyed_hash(conf.keys[0], "refresh", *parts)])


def _read_refresh_token(token: str) -> tuple[tuple[str, str], int]:
    """The key of its session, and its number. Raises RefreshTokenInvalid if it wasn't issued here."""
    found = REFRESH_TOKEN.fullmatch(token)
    if not found:
        raise RefreshTokenInvalid
    *parts, mac = found.groups()
    if not any([hmac.compare_digest(rules.keyed_hash(key, "refresh", *parts), mac) for key in conf.keys]):
        raise RefreshTokenInvalid
    subject, sid, number = parts
    return (subject, sid), int(number)


def _check_previous(session: Session, number: int, caller: Caller, now: datetime) -> None:
    """Raise RefreshTokenInvalid, unless this is the previous token, whose successor was never used.

    A number above the newest is of a session that a backup restored: the token was lost, not copied.
    """
    if session.expires_at <= now or number > session.refreshes:
        raise RefreshTokenInvalid
    if number == session.refreshes - 1:
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
        raise RefreshTokenInvalid from refusal  # it had ended and is logged already
    raise RefreshTokenInvalid


# -- access tokens ---------------------------------------------------------------------------------


def _tokens(account: Account, session: Session) -> Tokens:
    return Tokens(_access_token(account, session), _refresh_token(session), conf.access_token_lifetime)


def _access_token(account: Account, session: Session) -> str:
    import jwt

    now = int(timezone.now().timestamp())
    content = {
        "iss": conf.jwt_issuer,
        "aud": conf.jwt_audience or [conf.jwt_issuer],
        "sub": session.subject,
        "iat": now,
        "nbf": now,
        "exp": now + conf.access_token_lifetime,
        "jti": secrets.token_urlsafe(16),
        "sid": session.sid,
        **address_claim(session),
        **({"role": account.role} if account.role else {}),
        **claims.of_site(account),
    }
    key = keyring.signing()
    return jwt.encode(content, key.private, algorithm=key.algorithm, headers={"typ": TYPE, "kid": key.kid})


def address_claim(session: Session) -> dict[str, str]:
    """The address of the sign-in, as the claim of OpenID Connect."""
    return {"email" if "@" in session.address else "phone_number": session.address}


def _read(access_token: str) -> dict[str, Any]:
    """The claims of an access token. Raises TokenInvalid.

    The token's `kid` selects the key, and the key determines the algorithm. The token's `alg` is ignored.
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
