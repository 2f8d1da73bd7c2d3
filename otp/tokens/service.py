"""Access tokens, which are signed JWTs for other services, and refresh tokens, which get the next ones.

How refresh tokens are made and exchanged is in `rotation`. PyJWT is imported only when an access token is made or read.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from otp.conf import conf
from otp.dynamo.operations import Delete, get
from otp.exceptions import RefreshTokenInvalid, TokenInvalid, translate_storage_errors
from otp.models import Account, Session
from otp.signin import sessions
from otp.signin.callers import Caller
from otp.signin.verify import verify_code

from . import claims, rotation, signed

TYPE = "at+jwt"  # of RFC 9068: tokens of another type that the same key signed are refused
REQUIRED = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid"]
PURPOSE = ("refresh",)  # of these refresh tokens


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
    session = rotation.rotate(token, PURPOSE, caller, now)
    # The account is read after the write, so that a deactivation meanwhile is noticed.
    account = sessions.if_valid(get(Account, session.subject), session, now)
    if not account:
        raise RefreshTokenInvalid
    return _tokens(account, session)


@translate_storage_errors()
def sign_out(token: str) -> None:
    """End the session of a refresh token, also of an older one. No error if it has ended before."""
    try:
        key, _ = rotation.read(token, PURPOSE)
    except RefreshTokenInvalid:
        return  # never issued, so it ends nothing
    Delete(Session, key).run()


@translate_storage_errors()
def account_of(access_token: str) -> Account:
    """The account of an access token whose session is valid. Raises TokenInvalid, Unavailable."""
    content = signed.read(access_token, TYPE, audience=audience(), require=REQUIRED)
    account = sessions.account_of((content["sub"], content["sid"]))
    if account and account.session.kind == Session.Kind.PROGRAM:  # an application's token opens nothing here
        return account
    raise TokenInvalid


# -- access tokens ---------------------------------------------------------------------------------


def _tokens(account: Account, session: Session) -> Tokens:
    refresh_token = rotation.token_of(session, PURPOSE)
    return Tokens(_access_token(account, session), refresh_token, conf.access_token_lifetime)


def _access_token(account: Account, session: Session) -> str:
    now = int(timezone.now().timestamp())
    content = {
        "iss": conf.jwt_issuer,
        "aud": audience(),
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
    return signed.sign(content, TYPE)


def audience() -> list[str]:
    """The services that accept the access tokens."""
    return conf.jwt_audience or [conf.jwt_issuer]


def address_claim(session: Session) -> dict[str, str]:
    """The address of the sign-in, as the claim of OpenID Connect."""
    return {"email" if "@" in session.address else "phone_number": session.address}
