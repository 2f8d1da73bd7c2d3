"""The JSON API for tokens: the actions that take them, the bearer's account, and the public keys."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from otp.accounts import own
from otp.clock import MINUTE
from otp.conf import conf
from otp.exceptions import InvalidRequest, TokenInvalid
from otp.models import Account
from otp.signin.callers import caller_of
from otp.tokens import keyring
from otp.tokens import service as tokens

from .http import Body, json_response, json_view, text

JWKS_MAX_AGE = 15 * MINUTE  # how long services may cache the keys. `new_jwt_key` makes keys that sign later than that
MAX_TOKEN_LENGTH = 200


def refresh(request: HttpRequest, body: Body) -> Body:
    new = tokens.refresh(refresh_token_in(body), caller_of(request))
    return {"message": _("Token refreshed"), "code": "token_refreshed", **new.answer()}


def sign_out(request: HttpRequest, body: Body) -> Body:
    tokens.sign_out(refresh_token_in(body))
    return {"message": _("Signed out"), "code": "signed_out"}


def sign_out_everywhere(request: HttpRequest, body: Body) -> Body:
    own.sign_out_everywhere(bearer(request))
    return {"message": _("Signed out everywhere"), "code": "signed_out_everywhere"}


# The actions that POST /otp takes besides send_otp and verify_otp if OTP_JWT_KEYS is set. None takes an address.
ACTIONS: dict[str, Callable[[HttpRequest, Body], Body]] = {
    "refresh_token": refresh,
    "sign_out": sign_out,
    "sign_out_everywhere": sign_out_everywhere,
}


@json_view("GET", "HEAD")
def me(request: HttpRequest) -> HttpResponse:
    """The account of an access token, as it is now."""
    account = bearer(request)
    return json_response(
        200,
        message=_("Signed in"),
        code="signed_in",
        sub=account.subject,
        **tokens.address_claim(account.session),
        signed_in_at=account.signed_in_at,
    )


@json_view("GET", "HEAD")
def jwks(request: HttpRequest) -> HttpResponse:
    """The public keys that verify tokens, the signing one first."""
    headers = {"Cache-Control": f"public, max-age={JWKS_MAX_AGE}"}
    return JsonResponse({"keys": [key.published for key in keyring.all_keys()]}, headers=headers)


def bearer(request: HttpRequest) -> Account:
    """The account of the request's access token. Raises TokenInvalid."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not conf.jwt_keys:
        raise TokenInvalid
    return tokens.account_of(token.strip())


def refresh_token_in(body: Body) -> str:
    token = text(body, "refresh_token")
    if not 0 < len(token) <= MAX_TOKEN_LENGTH:
        raise InvalidRequest("refresh_token_required")
    return token
