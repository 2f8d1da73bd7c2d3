"""The API as an OpenAPI 3.1 document, built from the exceptions, limits and settings that the code itself uses.

Only the bodies of actions and responses are written here and in `actions`; `tests/api/test_openapi.py` checks responses
against them.
"""

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import get_script_prefix, path
from django.utils import translation
from django.views.decorators.http import require_safe

from otp import exceptions
from otp.api import http
from otp.conf import conf

from . import actions
from .schemas import Schema, refusals, response, success

OF_STORAGE = (exceptions.Unavailable, exceptions.ServerError)
TAGS = {
    "Sign-in": "Codes, and the tokens that a correct code gives",
    "Tokens": "For services that accept access tokens",
    "Staff": "Reading the log and its figures. Needs the access token of an account with a role",
    "This document": "For generators of clients",
}


@http.json_view("GET", "HEAD")
def openapi(request: HttpRequest) -> HttpResponse:
    """The document itself."""
    return JsonResponse(document(), headers={"Cache-Control": "public, max-age=300"})


@require_safe
@csp_update({"connect-src": ["'self'"]})  # to fetch the document
def docs(request: HttpRequest) -> HttpResponse:
    """The document in Swagger UI."""
    return render(request, "docs.html")


@translation.override("en")
def document() -> Schema:
    """The API of this site: tokens and SMS are included if the settings turn them on."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Sign-in by one-time code: {conf.site_name}",
            "version": "1",
            "description": "Send a code to an address and verify it. In every response, `message` is for people, in "
            "the language of `Accept-Language`, and `code` is a stable word for programs.",
        },
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "servers": [{"url": get_script_prefix().rstrip("/") or "/"}],
        "paths": {
            "/otp": {"post": actions.operation()},
            **(with_bearer() if conf.jwt_keys else {}),
            "/.well-known/jwks.json": {"get": jwks()},
            "/otp/openapi.json": {"get": itself()},
        },
        "components": {
            "schemas": actions.schemas(),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def with_bearer() -> Schema:
    """The paths that take an access token."""
    from . import staff  # imports `otp.stats`, which only these paths need

    return {"/otp/me": {"get": me()}, **staff.paths()}


# -- the operations --------------------------------------------------------------------------------


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
        "tags": ["Tokens"],
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
        "tags": ["Tokens"],
        "summary": "The public keys that verify access tokens (RFC 7517)",
        "responses": {"200": response("A JWK Set", keys), **refusals([exceptions.ServerError])},
    }


def itself() -> Schema:
    return {
        "operationId": "openapi",
        "tags": ["This document"],
        "summary": "This document",
        "responses": {"200": response("OpenAPI 3.1", {"type": "object"}), **refusals([exceptions.ServerError])},
    }


urlpatterns = [path("openapi.json", openapi, name="openapi"), path("docs", docs, name="docs")]
