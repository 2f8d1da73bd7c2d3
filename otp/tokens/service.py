"""Tokens: a signed one that tells other services who somebody is, and an opaque one that fetches the next.

Each sign-in opens a family of refresh tokens, one living at a time, each made from the one before it under our key:
so whoever repeats a request whose answer was lost gets the same token, and the table holds nothing but digests.
Nothing here imports PyJWT until a token is made or read.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from otp import rules
from otp.conf import conf
from otp.dynamo.client import ConditionFailed, TransactionRefused
from otp.dynamo.operations import Delete, Put, Update, batch_get, from_item, get, transact
from otp.exceptions import RefreshTokenInvalid, TokenInvalid, translate_storage_errors
from otp.models import Account, RefreshFamily
from otp.outcomes import Outcome
from otp.signin import log
from otp.signin.callers import Caller
from otp.signin.flows import Flow
from otp.signin.verify import verify_code

from . import keyring

TYPE = "at+jwt"  # RFC 9068's; a token of another purpose, signed by the same key, is not an access token
TWO_TABS = timedelta(seconds=30)
REQUIRED = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid"]


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
    """`verify_code`, with its keywords and refusals; the family is written in its transaction, or nobody is in."""
    opened: list[tuple[str, RefreshFamily]] = []

    def open_family(account: Account, request: str) -> dict[str, Put]:
        # From the id of the request, so that a repeated one hands out these same tokens and opens no second family.
        token = ".".join(rules.keyed_hash(conf.keys[0], purpose, request) for purpose in ("family", "refresh"))
        opened.append((token, _family(account, token)))
        return {"family": Put(opened[0][1])}

    account = verify_code(**attempt, grant=open_family)
    token, family = opened[0]
    return _tokens(account, family, token)


@translate_storage_errors()
def refresh(token: str, caller: Caller) -> Tokens:
    """Trade a refresh token for the next one and a new access token.

    The newest token's parent, within 30 s, gets the newest again: two tabs, or a lost answer. Any older one was copied
    by somebody: the family ends, and the log says so. Raises RefreshTokenInvalid, Unavailable.
    """
    now = timezone.now()
    following = _following(conf.keys[0], token)
    changes = {"newest": _digest(conf.keys[0], following), "parent": _digest(conf.keys[0], token), "rotated_at": now}
    is_newest = Q(newest__in=_digests(token), expires_at__gt=now)
    try:
        # A repetition finds the token to be the parent, and is answered as a lost answer is.
        family = Update(RefreshFamily, family_key(token), changes, when=is_newest, repeatable=True).run()
    except ConditionFailed as refusal:
        if not refusal.old:
            raise RefreshTokenInvalid from refusal
        family = from_item(RefreshFamily, refusal.old)
        following = _replayed(family, token, caller, now)
    # Read after the write: whoever was deactivated or signed out everywhere by now gets nothing.
    return _tokens(_holder(get(Account, family.address), family), family, following)


@translate_storage_errors()
def sign_out(token: str) -> None:
    """End the family of a refresh token, whichever of its tokens this is. One that has ended is no error."""
    Delete(RefreshFamily, family_key(token)).run()


@translate_storage_errors()
def holder(access_token: str) -> Account:
    """Whose access token this is, unless its sign-in has ended meanwhile. Raises TokenInvalid, Unavailable."""
    claims = _read(access_token)
    account, family = batch_get((Account, _address(claims)), (RefreshFamily, claims["sid"]))
    try:
        holder = _holder(account, family)
    except RefreshTokenInvalid as refusal:
        raise TokenInvalid from refusal
    if holder.subject != claims["sub"]:
        raise TokenInvalid
    return holder


# -- refresh tokens --------------------------------------------------------------------------------


def family_key(token: str) -> str:
    """A family's key, from any of its tokens.

    A digest of their common half: access tokens and the table show it, and from neither could anybody make up a token
    that reaches the family, be it only to end it.
    """
    return hashlib.sha256(token.partition(".")[0].encode(errors="surrogatepass")).hexdigest()


def _family(account: Account, token: str) -> RefreshFamily:
    now = timezone.now()
    return RefreshFamily(
        key=family_key(token),
        address=account.address,
        epoch=account.session_epoch,
        newest=_digest(conf.keys[0], token),
        created_at=now,
        rotated_at=now,
        expires_at=now + timedelta(seconds=conf.refresh_token_lifetime),
    )


def _following(key: str, token: str) -> str:
    """The token after this one: 256 bits that only we, and only from this one, can make."""
    return f"{token.partition('.')[0]}.{rules.keyed_hash(key, 'following', token)}"


def _digest(key: str, token: str) -> str:
    return rules.keyed_hash(key, "token", token)


def _digests(token: str) -> list[str]:
    return [_digest(key, token) for key in conf.keys]


def _replayed(family: RefreshFamily, token: str, caller: Caller, now: datetime) -> str:
    """What a token gets that isn't its family's newest: the newest, if this is its parent and it happened just now."""
    if family.expires_at <= now:
        raise RefreshTokenInvalid
    if family.parent and rules.matches(_digests(token), family.parent) and now - family.rotated_at <= TWO_TABS:
        for following in (_following(key, token) for key in conf.keys):
            if rules.matches(_digests(following), family.newest):
                return following
    entry = log.entry(Outcome.REFRESH_REUSED, address=family.address, flow=Flow("api"), caller=caller, now=now)
    try:
        transact(Delete(RefreshFamily, family.pk, when=Q(pk__isnull=False)), Put(entry))
    except TransactionRefused as refusal:
        raise RefreshTokenInvalid from refusal  # ended already: one line in the log is enough
    raise RefreshTokenInvalid


def _holder(account: Account | None, family: RefreshFamily | None) -> Account:
    """The account of a family, both as they are now. Raises RefreshTokenInvalid if the sign-in has ended."""
    if not (account and family and account.is_active) or family.expires_at <= timezone.now():
        raise RefreshTokenInvalid
    if (family.address, family.epoch) != (account.address, account.session_epoch):
        raise RefreshTokenInvalid
    return account


# -- access tokens ---------------------------------------------------------------------------------


def _tokens(account: Account, family: RefreshFamily, refresh_token: str) -> Tokens:
    return Tokens(_access_token(account, family), refresh_token, conf.access_token_lifetime)


def _access_token(account: Account, family: RefreshFamily) -> str:
    import jwt

    now = int(timezone.now().timestamp())
    claims = {
        "iss": conf.jwt_issuer,
        "aud": conf.jwt_audience or [conf.jwt_issuer],
        "sub": account.subject,
        "iat": now,
        "nbf": now,
        "exp": now + conf.access_token_lifetime,
        "jti": secrets.token_urlsafe(16),
        "sid": family.pk,
        **address_claim(account),
    }
    key = keyring.signing()
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"typ": TYPE, "kid": key.kid})


def address_claim(account: Account) -> dict[str, str]:
    """An account's address under the name that OpenID Connect gives it."""
    return {"email" if "@" in account.address else "phone_number": account.address}


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


def _address(claims: dict[str, Any]) -> str:
    return claims.get("email") or claims["phone_number"]
