"""The API's contract as an OpenAPI 3.1 document, built from the code that keeps it: its errors, limits and settings.

What one action takes and answers stands here alone; `tests/api/test_openapi.py` holds every answer against it.
"""

from collections.abc import Iterable

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import get_script_prefix
from django.views.decorators.http import require_safe

from otp import exceptions
from otp.api import http
from otp.api.tokens import LONGEST_TOKEN
from otp.api.views import CHALLENGE
from otp.conf import conf
from otp.tokens.service import TYPE

from .schemas import SECONDS, Schema, body_of, refusals, says

# The words of what has no class for each: `InvalidRequest`, and the base of all for a request that Django refuses.
MALFORMED = (
    *("invalid_request", "json_invalid", "field_required", "email_invalid", "action_invalid", "otp_required"),
    *("otp_not_a_string", "challenge_invalid", "idempotency_key_invalid", "refresh_token_required"),
)

OF_THE_TABLES = (exceptions.Unavailable, exceptions.ServerError)
OF_A_SEND = (
    *(exceptions.CooldownActive, exceptions.CallerLimited, exceptions.AddressLocked),
    *(exceptions.DeliveryFailed, exceptions.DeliveryUnknown),
)
OF_A_TRY = (
    *(exceptions.CodeInvalid, exceptions.CodeExpired, exceptions.AttemptsExceeded),
    *(exceptions.CodeNotFound, exceptions.AccountInactive),
)
OF_SMS = (exceptions.PhoneInvalid, exceptions.CountryRefused, exceptions.SMSLimited)
OF_TOKENS = (exceptions.TokenInvalid, exceptions.RefreshTokenInvalid)
OF_EVERY_POST = (exceptions.ForeignOrigin, exceptions.BodyTooLarge, *OF_THE_TABLES)


@http.json_view("GET", "HEAD")
def openapi(request: HttpRequest) -> HttpResponse:
    """The document itself."""
    return JsonResponse(document(), headers={"Cache-Control": "public, max-age=300"})


@require_safe
@csp_update({"connect-src": ["'self'"], "img-src": ["data:"]})  # it fetches the document; its icons are in its style
def docs(request: HttpRequest) -> HttpResponse:
    """The document as a page to read and to try things on."""
    return render(request, "docs.html")


def document() -> Schema:
    """The contract of this site as it is set up: tokens and SMS are in it where they are on."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Sign-in by one-time code: {conf.site_name}",
            "version": "1",
            "description": "Send a code to an address, verify it, and be signed in. `message` is for people; `code` is "
            "stable and for programs. The content type of a request is not asked for.",
        },
        "servers": [{"url": get_script_prefix().rstrip("/") or "/"}],
        "paths": {
            "/otp": {"post": act()},
            **(of_tokens() if conf.jwt_keys else {}),
            "/.well-known/jwks.json": {"get": jwks()},
            "/otp/openapi.json": {"get": itself()},
        },
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def of_tokens() -> Schema:
    """What whoever holds a token may read."""
    from . import staff  # with what counts the log: none of it is on the way of a sign-in

    return {"/otp/me": {"get": me()}, **staff.paths()}


# -- the operations --------------------------------------------------------------------------------


def act() -> Schema:
    kinds = [*OF_EVERY_POST, *OF_A_SEND, *OF_A_TRY]
    kinds += [*(OF_TOKENS if conf.jwt_keys else ()), *(OF_SMS if conf.sms else ())]
    malformed = (*MALFORMED, "address_ambiguous") if conf.sms else MALFORMED
    answers = [
        says("otp_sent", expires_in=SECONDS, retry_after=SECONDS, optional={"challenge": {"type": "string"}}),
        says("otp_verified", **TOKENS if conf.jwt_keys else {}),
    ]
    if conf.jwt_keys:
        answers += [says("token_refreshed", **TOKENS), says("signed_out"), says("signed_out_everywhere")]
    success = body_of("Done, as `code` says", {"oneOf": answers})
    success["links"] = {name: link for name, link in LINKS.items() if name == "verify_otp" or conf.jwt_keys}
    return {
        "operationId": "act",
        "summary": "Send a code, verify one, and what follows",
        "security": [{}, {"bearer": []}] if conf.jwt_keys else [{}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same key and body again are one request: to be repeated when an answer was lost",
                "schema": {"type": "string", "pattern": f"^{http.IDEMPOTENCY_KEY}$"},
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"oneOf": list(actions())}}}},
        "responses": {"200": success, **refusals(kinds, also={400: malformed})},
    }


def actions() -> Iterable[Schema]:
    """The bodies that POST /otp takes. What else is in one is ignored."""
    addresses = {"email": {"type": "string", "format": "email", "maxLength": 254, "examples": ["user@example.com"]}}
    if conf.sms:
        of = f"A mobile number of {', '.join(conf.sms_countries)}, with + and its country's code"
        addresses["phone"] = {"type": "string", "format": "phone", "examples": ["+61412345678"], "description": of}
    code = {"type": "string", "minLength": 1, "examples": ["123456"], "description": "As text: it may begin with 0"}
    wanted = {"type": "boolean", "default": False, "description": "Bind the code to a challenge, answered here"}
    given = {
        "type": "string",
        "pattern": f"^({CHALLENGE})?$",
        "description": "The challenge that the send answered",
    }
    for name, address in addresses.items():
        alone = {"not": {"anyOf": [{"required": [other]} for other in addresses if other != name]}} if conf.sms else {}
        yield action("send_otp", **{name: address}, optional={"challenge": wanted}) | alone
        yield action("verify_otp", **{name: address}, otp=code, optional={"challenge": given}) | alone
    if conf.jwt_keys:
        token = {"type": "string", "minLength": 1, "maxLength": LONGEST_TOKEN}
        yield action("refresh_token", refresh_token=token)
        yield action("sign_out", refresh_token=token)
        yield action("sign_out_everywhere") | {"description": "Asks for a Bearer"}


def me() -> Schema:
    address = {"oneOf": [{"required": [name]} for name in ("email", "phone_number")]}
    who = says(
        "signed_in",
        sub={"type": "string", "description": "Stays the same while the account lasts, and is never another's"},
        signed_in_at={"type": "string", "format": "date-time"},
        optional={"email": {"type": "string"}, "phone_number": {"type": "string"}},
    )
    return {
        "operationId": "me",
        "summary": "Who the bearer of an access token is",
        "security": [{"bearer": []}],
        "responses": {
            "200": body_of("Signed in", who | address),
            **refusals([exceptions.TokenInvalid, *OF_THE_TABLES]),
        },
    }


def jwks() -> Schema:
    names = ("kty", "crv", "x", "kid", "alg", "use")
    key = {"type": "object", "required": list(names), "properties": {name: {"type": "string"} for name in names}}
    keys = {"type": "object", "required": ["keys"], "properties": {"keys": {"type": "array", "items": key}}}
    return {
        "operationId": "jwks",
        "summary": "The public keys that access tokens are signed with (RFC 7517)",
        "responses": {"200": body_of("A JWK Set", keys), **refusals([exceptions.ServerError])},
    }


def itself() -> Schema:
    return {
        "operationId": "openapi",
        "summary": "This document",
        "responses": {"200": body_of("OpenAPI 3.1", {"type": "object"}), **refusals([exceptions.ServerError])},
    }


# -- their parts -----------------------------------------------------------------------------------

TOKENS = {
    "access_token": {"type": "string", "description": f"A JWT of type {TYPE}"},
    "token_type": {"const": "Bearer"},
    "expires_in": SECONDS,
    "refresh_token": {"type": "string", "description": "Opaque. Good for one refresh; keep it as you would a password"},
}
# Where an answer's fields go in next. OpenAPI can't say that only some of an operation's answers carry them.
LINKS = {
    "verify_otp": {
        "operationId": "act",
        "requestBody": {"action": "verify_otp", "email": "$request.body#/email"},
        "description": "The same address, beside the code that was sent to it",
    },
    **{
        name: {
            "operationId": "act",
            "requestBody": {"action": name, "refresh_token": "$response.body#/refresh_token"},
            "description": "The refresh token that was answered",
        }
        for name in ("refresh_token", "sign_out")
    },
}


def action(name: str, optional: Schema | None = None, **fields: Schema) -> Schema:
    return {
        "title": name,
        "type": "object",
        "required": ["action", *fields],
        "properties": {"action": {"const": name}, **fields, **(optional or {})},
    }
