"""The JSON API's part about tokens: the actions that take them, who the caller is, and the keys to check them by."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from otp.accounts import own
from otp.conf import conf
from otp.exceptions import InvalidRequest, TokenInvalid
from otp.models import Account
from otp.signin.callers import caller_of
from otp.tokens import keyring
from otp.tokens import service as tokens

from .http import Body, answer, json_view, text

KEYS_KEPT = 15 * 60  # seconds that others may keep our keys: a new one is published that long before it signs
LONGEST_TOKEN = 200


def refresh(request: HttpRequest, body: Body) -> Body:
    traded = tokens.refresh(refresh_token_in(body), caller_of(request))
    return {"message": _("Token refreshed"), "code": "token_refreshed", **traded.answer()}


def sign_out(request: HttpRequest, body: Body) -> Body:
    tokens.sign_out(refresh_token_in(body))
    return {"message": _("Signed out"), "code": "signed_out"}


def sign_out_everywhere(request: HttpRequest, body: Body) -> Body:
    own.sign_out_everywhere(bearer(request))
    return {"message": _("Signed out everywhere"), "code": "signed_out_everywhere"}


# What POST /otp takes beside the two verbs, once tokens are on. None asks for an address.
ACTIONS: dict[str, Callable[[HttpRequest, Body], Body]] = {
    "refresh_token": refresh,
    "sign_out": sign_out,
    "sign_out_everywhere": sign_out_everywhere,
}


@json_view("GET", "HEAD")
def me(request: HttpRequest) -> HttpResponse:
    """Who the bearer of an access token is, if that is still so."""
    account = bearer(request)
    return answer(
        200,
        message=_("Signed in"),
        code="signed_in",
        sub=account.subject,
        **tokens.address_claim(account),
        signed_in_at=account.signed_in_at,
    )


@json_view("GET", "HEAD")
def jwks(request: HttpRequest) -> HttpResponse:
    """The public keys that tokens are checked by, the signing one first."""
    kept = {"Cache-Control": f"public, max-age={KEYS_KEPT}"}
    return JsonResponse({"keys": [key.published for key in keyring.all_keys()]}, headers=kept)


def bearer(request: HttpRequest) -> Account:
    """The account whose access token the request carries. Raises TokenInvalid."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not conf.jwt_keys:
        raise TokenInvalid
    return tokens.holder(token.strip())


def refresh_token_in(body: Body) -> str:
    token = text(body, "refresh_token")
    if not 0 < len(token) <= LONGEST_TOKEN:
        raise InvalidRequest(
            _("To do this, refresh_token must be the string that was answered"), "refresh_token_required"
        )
    return token
