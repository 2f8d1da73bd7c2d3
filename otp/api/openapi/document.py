"""The API as an OpenAPI 3.1 document, built from the exceptions, limits and settings that the code itself uses.

Only the bodies of actions and responses are written here; `tests/api/test_openapi.py` checks responses against them.
"""

from collections.abc import Iterable

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import get_script_prefix, path
from django.views.decorators.http import require_safe

from otp import exceptions
from otp.api import http
from otp.api.tokens import MAX_TOKEN_LENGTH
from otp.api.views import CHALLENGE
from otp.conf import conf
from otp.tokens.service import TYPE

from .schemas import SECONDS, Schema, refusals, response, success

OF_STORAGE = (exceptions.Unavailable, exceptions.ServerError)
OF_SENDING = (
    *(exceptions.CooldownActive, exceptions.CallerLimited, exceptions.DeliveryFailed, exceptions.DeliveryUnknown),
)
OF_VERIFYING = (
    *(exceptions.CodeInvalid, exceptions.CodeExpired, exceptions.AttemptsExceeded),
    *(exceptions.CodeNotFound, exceptions.AccountInactive),
)
OF_SMS = (exceptions.PhoneInvalid, exceptions.CountryRefused, exceptions.SMSLimited)
OF_TOKENS = (exceptions.TokenInvalid, exceptions.RefreshTokenInvalid)
OF_EVERY_POST = (
    *(exceptions.OTPError, exceptions.AddressInvalid, exceptions.ForeignOrigin, exceptions.BodyTooLarge),
    *OF_STORAGE,
)


@http.json_view("GET", "HEAD")
def openapi(request: HttpRequest) -> HttpResponse:
    """The document itself."""
    return JsonResponse(document(), headers={"Cache-Control": "public, max-age=300"})


@require_safe
@csp_update({"connect-src": ["'self'"]})  # to fetch the document
def docs(request: HttpRequest) -> HttpResponse:
    """The document in Swagger UI."""
    return render(request, "docs.html")


def document() -> Schema:
    """The API of this site: tokens and SMS are included if the settings turn them on."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Sign-in by one-time code: {conf.site_name}",
            "version": "1",
            "description": "Send a code to an address and verify it. In every response, `message` is for people and "
            "`code` is a stable word for programs. Bodies are read as JSON, whatever their content type.",
        },
        "servers": [{"url": get_script_prefix().rstrip("/") or "/"}],
        "paths": {
            "/otp": {"post": post_otp()},
            **(with_bearer() if conf.jwt_keys else {}),
            "/.well-known/jwks.json": {"get": jwks()},
            "/otp/openapi.json": {"get": itself()},
        },
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def with_bearer() -> Schema:
    """The paths that take an access token."""
    from . import staff  # imports `otp.stats`, which only these paths need

    return {"/otp/me": {"get": me()}, **staff.paths()}


# -- the operations --------------------------------------------------------------------------------


def post_otp() -> Schema:
    kinds: list[type[exceptions.OTPError]] = [*OF_EVERY_POST, *OF_SENDING, *OF_VERIFYING]
    kinds += [*(OF_TOKENS if conf.jwt_keys else ()), *(OF_SMS if conf.sms else ())]
    malformed = exceptions.InvalidRequest.MESSAGES.keys() - (set() if conf.sms else {"address_ambiguous"})
    bodies = [
        success("otp_sent", expires_in=SECONDS, retry_after=SECONDS, optional={"challenge": {"type": "string"}}),
        success("otp_verified", **TOKENS if conf.jwt_keys else {}),
    ]
    if conf.jwt_keys:
        bodies += [success("token_refreshed", **TOKENS), success("signed_out"), success("signed_out_everywhere")]
    done = response("Done. `code` says what", {"oneOf": bodies})
    done["links"] = {name: link for name, link in LINKS.items() if name == "verify_otp" or conf.jwt_keys}
    return {
        "operationId": "post_otp",
        "summary": "Send a code, verify it, and manage tokens",
        "security": [{}, {"bearer": []}] if conf.jwt_keys else [{}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Requests with the same key and body count once. Repeat one if its response was lost",
                "schema": {"type": "string", "pattern": f"^{http.IDEMPOTENCY_KEY}$"},
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"oneOf": list(actions())}}}},
        "responses": {"200": done, **refusals(kinds, malformed)},
    }


def actions() -> Iterable[Schema]:
    """The bodies that POST /otp takes. Other fields are ignored."""
    addresses: dict[str, Schema] = {
        "email": {"type": "string", "format": "email", "maxLength": 254, "examples": ["user@example.com"]}
    }
    if conf.sms:
        description = f"A mobile number with + and its country code. Countries: {', '.join(conf.sms_countries)}"
        phone = {"type": "string", "format": "phone", "examples": ["+61412345678"], "description": description}
        addresses["phone"] = phone
    code = {"type": "string", "minLength": 1, "examples": ["123456"], "description": "A string: it may begin with 0"}
    bind = {
        "type": "boolean",
        "default": False,
        "description": "Bind the code to a challenge, which is returned",
    }
    challenge = {"type": "string", "pattern": f"^({CHALLENGE})?$", "description": "The challenge returned by send_otp"}
    for name, address in addresses.items():
        others = [{"required": [other]} for other in addresses if other != name]
        exclusive = {"not": {"anyOf": others}} if others else {}
        yield action("send_otp", **{name: address}, optional={"challenge": bind}) | exclusive
        yield action("verify_otp", **{name: address}, otp=code, optional={"challenge": challenge}) | exclusive
    if conf.jwt_keys:
        token = {"type": "string", "minLength": 1, "maxLength": MAX_TOKEN_LENGTH}
        yield action("refresh_token", refresh_token=token)
        yield action("sign_out", refresh_token=token)
        yield action("sign_out_everywhere") | {"description": "Needs an access token as Bearer"}


def me() -> Schema:
    address = {"oneOf": [{"required": [name]} for name in ("email", "phone_number")]}
    account = success(
        "signed_in",
        sub={"type": "string", "description": "The account's permanent id. Never reused"},
        signed_in_at={"type": "string", "format": "date-time"},
        optional={"email": {"type": "string"}, "phone_number": {"type": "string"}},
    )
    return {
        "operationId": "me",
        "summary": "The account of an access token",
        "security": [{"bearer": []}],
        "responses": {
            "200": response("Signed in", account | address),
            **refusals([exceptions.TokenInvalid, *OF_STORAGE]),
        },
    }


def jwks() -> Schema:
    names = ("kty", "crv", "x", "kid", "alg", "use")
    key = {"type": "object", "required": list(names), "properties": {name: {"type": "string"} for name in names}}
    keys = {"type": "object", "required": ["keys"], "properties": {"keys": {"type": "array", "items": key}}}
    return {
        "operationId": "jwks",
        "summary": "The public keys that verify access tokens (RFC 7517)",
        "responses": {"200": response("A JWK Set", keys), **refusals([exceptions.ServerError])},
    }


def itself() -> Schema:
    return {
        "operationId": "openapi",
        "summary": "This document",
        "responses": {"200": response("OpenAPI 3.1", {"type": "object"}), **refusals([exceptions.ServerError])},
    }


# -- parts -----------------------------------------------------------------------------------------

TOKENS: dict[str, Schema] = {
    "access_token": {"type": "string", "description": f"A JWT of type {TYPE}"},
    "token_type": {"const": "Bearer"},
    "expires_in": SECONDS,
    "refresh_token": {"type": "string", "description": "Opaque, for one refresh. Keep it secret"},
}
# Which response fields the next request takes. OpenAPI can't say that only some responses of an operation have them.
LINKS: dict[str, Schema] = {
    "verify_otp": {
        "operationId": "post_otp",
        "requestBody": {"action": "verify_otp", "email": "$request.body#/email"},
        "description": "The same address, with the code sent to it",
    },
    **{
        name: {
            "operationId": "post_otp",
            "requestBody": {"action": name, "refresh_token": "$response.body#/refresh_token"},
            "description": "The refresh token from the response",
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


urlpatterns = [path("openapi.json", openapi, name="openapi"), path("docs", docs, name="docs")]
