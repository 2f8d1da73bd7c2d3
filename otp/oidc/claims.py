"""The tokens of a client, which are JWTs, and the claims about a person."""

import secrets
from datetime import datetime
from typing import Any

from otp.conf import conf
from otp.exceptions import TokenInvalid
from otp.tokens import claims, rotation, signed
from otp.tokens.service import TYPE as ACCESS_TOKEN

from .clients import SCOPES
from .grants import Grant, refresh_purpose
from .protocol import OAuthError

ID_TOKEN = "JWT"  # noqa: S105 - a header, by which neither kind of token passes for the other
METHOD = "otp"  # of authentication (RFC 8176)


def tokens(grant: Grant, now: datetime, nonce: str | None = None) -> dict[str, Any]:
    """The body of a token response. The nonce is in the first id_token only."""
    client, session, at, scope = grant.client, grant.session, int(now.timestamp()), " ".join(grant.scopes)
    of_site = claims.of_site(grant.account) if client.first_party else {}
    common = {
        "iss": conf.jwt_issuer,
        "aud": client.id,
        "sub": session.subject,
        "iat": at,
        "exp": at + conf.access_token_lifetime,
        "auth_time": int(session.auth_time.timestamp()),
        **of_site,
    }
    access = common | {
        "jti": secrets.token_urlsafe(16),
        "client_id": client.id,
        "scope": scope,
        "sid": session.sid,
    }
    identity = common | {"amr": [METHOD], **person(grant)} | ({"nonce": nonce} if nonce else {})
    return {
        "access_token": signed.sign(access, ACCESS_TOKEN, client.algorithm),
        "token_type": "Bearer",
        "expires_in": conf.access_token_lifetime,
        "refresh_token": rotation.token_of(session, refresh_purpose(client)),
        "id_token": signed.sign(identity, ID_TOKEN, client.algorithm),
        "scope": scope,
    }


def person(grant: Grant) -> dict[str, Any]:
    """The claims that the scopes give. The address that was signed in with is verified; others may be imported."""
    verified, known = grant.session.address, {"sub": grant.session.subject}
    email = next((each for each in (verified, *grant.account.addresses) if "@" in each), None)
    phone = next((each for each in (verified, *grant.account.addresses) if "@" not in each), None)
    if email:
        known |= {"email": email, "email_verified": email == verified}
    if phone:
        known |= {"phone_number": phone, "phone_number_verified": phone == verified}
    allowed = {claim for scope in grant.scopes for claim in SCOPES[scope]}
    return {claim: value for claim, value in known.items() if claim in allowed}


def read_access_token(token: str) -> dict[str, Any]:
    """The claims of a client's access token, whichever the client. Raises OAuthError."""
    try:
        return signed.read(token, ACCESS_TOKEN, require=["sub", "aud", "exp", "client_id", "sid", "scope"])
    except TokenInvalid as error:
        raise OAuthError("invalid_token", "missing, forged or expired") from error


def read_id_token(token: str) -> dict[str, Any] | None:
    """The claims of an id_token that was issued here, also an expired one; None for anything else."""
    try:
        return signed.read(token, ID_TOKEN, require=["sub", "aud", "auth_time"], expired=True)
    except TokenInvalid:
        return None
