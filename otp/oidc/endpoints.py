"""The endpoints that programs call: token, userinfo and revocation. They take no cookie."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from otp.exceptions import MethodNotAllowed, OTPError, RefreshTokenInvalid, translate_storage_errors
from otp.signin.callers import caller_of
from otp.tokens import rotation

from . import claims, clients, grants, protocol
from .protocol import VERIFIER, OAuthError

View = Callable[[HttpRequest], HttpResponse]


def endpoint(*methods: str) -> Callable[[View], View]:
    """Let a view take these methods only, and turn each error that it raises into the JSON of RFC 6749."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        def wrapper(request: HttpRequest) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise MethodNotAllowed(*methods)
                with translate_storage_errors():
                    return view(request)
            except OAuthError as error:
                return refusal(request, error)
            except OTPError as error:
                word = "temporarily_unavailable" if error.status >= 500 else "invalid_request"
                return JsonResponse({"error": word}, status=error.status, headers=error.headers)

        return wrapper

    return decorate


def refusal(request: HttpRequest, error: OAuthError) -> HttpResponse:
    headers = {}
    if error.word == "invalid_token":
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    elif error.word == "invalid_client":
        headers["WWW-Authenticate"] = "Basic"
    return JsonResponse(error.answer(), status=error.status, headers=headers)


@endpoint("POST")
def token(request: HttpRequest) -> HttpResponse:
    """Exchange a code or a refresh token for tokens."""
    form = protocol.form_of(request)
    client = protocol.authenticated(request, form)
    now, caller = timezone.now(), caller_of(request)
    grant_type = required(form, "grant_type")
    if grant_type == "authorization_code":
        verifier = protocol.single(form, "code_verifier")
        if verifier and not VERIFIER.fullmatch(verifier):
            raise OAuthError("invalid_request", "code_verifier is malformed")
        code, uri = required(form, "code"), required(form, "redirect_uri")
        grant = grants.redeem(client, code, uri, verifier, caller, now)
        return JsonResponse(claims.tokens(grant, now, grant.session.nonce))
    if grant_type == "refresh_token":
        grant = grants.refresh(client, required(form, "refresh_token"), caller, now)
        return JsonResponse(claims.tokens(grant, now))
    raise OAuthError("unsupported_grant_type")


@endpoint("GET", "HEAD", "POST")
def userinfo(request: HttpRequest) -> HttpResponse:
    """The claims about the person of an access token, as they are now."""
    token = claims.read_access_token(bearer(request))
    client = clients.find(token["client_id"])
    if client is None:
        raise OAuthError("invalid_token", "the client is gone")
    return JsonResponse(claims.person(grants.of_session(client, token["sub"], token["sid"], timezone.now())))


@endpoint("POST")
def revoke(request: HttpRequest) -> HttpResponse:
    """End the session of a refresh or access token of this client. No error for any other text (RFC 7009, 2.2)."""
    form = protocol.form_of(request)
    client = protocol.authenticated(request, form)
    if key := session_of(client, required(form, "token")):
        grants.end(key)
    return HttpResponse()


def session_of(client: clients.Client, token: str) -> Any:
    """The key of the session that a token belongs to; None unless the token is this client's."""
    try:
        return rotation.read(token, grants.refresh_purpose(client))[0]
    except RefreshTokenInvalid:
        pass
    try:
        content = claims.read_access_token(token)
    except OAuthError:
        return None
    return (content["sub"], content["sid"]) if content["client_id"] == client.id else None


def required(form: Any, name: str) -> str:
    if value := protocol.single(form, name):
        return value
    raise OAuthError("invalid_request", f"{name} is missing")


def bearer(request: HttpRequest) -> str:
    """The access token of a request, in the header or in the body (RFC 6750). Raises OAuthError."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    in_body = ""
    if request.method == "POST" and request.content_type == protocol.FORM:
        in_body = protocol.single(request.POST, "access_token")
    if token and in_body:
        raise OAuthError("invalid_request", "the token is given twice")
    return token.strip() if scheme.lower() == "bearer" else in_body
