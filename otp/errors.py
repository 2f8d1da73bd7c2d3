"""Responses to errors that no view handled: JSON below /otp, an error page elsewhere."""

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse

from .api.http import json_refusal
from .exceptions import Forbidden, NotFound, OTPError, PageOutdated, ServerError
from .pages import texts
from .pages.context import site
from .pages.destination import destination


def failure(request: HttpRequest, error: OTPError) -> HttpResponse:
    """The response to a refusal. Needs no session, user or storage, any of which may be what failed."""
    path = request.path_info  # without the gateway's stage
    if path == "/otp" or path.startswith("/otp/"):
        return json_refusal(error)
    context = {**site(request), "error": error, "next_step": texts.next_step(error)}
    return HttpResponse(render_to_string("failure.html", context), status=error.status, headers=error.headers)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The response to a form without this session's CSRF token. A second click on "Sign in" follows the first."""
    if SESSION_KEY in request.session and request.path in (reverse("sign-in"), reverse("verify")):
        return HttpResponseRedirect(destination(request))
    return failure(request, PageOutdated())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, OTPError())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    return failure(request, ServerError())
