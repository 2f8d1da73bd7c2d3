"""Responses to errors that no view handled: JSON for programs, an error page elsewhere."""

import logging
import secrets

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse

from .api.http import json_refusal
from .exceptions import Forbidden, NotFound, OTPError, PageOutdated, ServerError
from .pages import texts
from .pages.context import site
from .pages.responses import redirect_after_sign_in
from .pages.views import show_again
from .paths import is_for_programs

logger = logging.getLogger(__name__)


def failure(request: HttpRequest, error: OTPError) -> HttpResponse:
    """The response to a refusal. Needs no session, user or storage, any of which may be what failed."""
    if is_for_programs(request):
        return json_refusal(error)
    again = request.get_full_path() if isinstance(error, PageOutdated) else ""
    context = {**site(request), "error": error, "next_step": texts.next_step(error), "again": again}
    return HttpResponse(render_to_string("failure.html", context), status=error.status, headers=error.headers)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The response to a form without this session's CSRF token: an old page, or one of a session that was replaced.

    The forms of the sign-in are shown again, filled. A second click on "Sign in" follows the first.
    """
    if request.path not in (reverse("sign-in"), reverse("verify")):
        return failure(request, PageOutdated())
    if SESSION_KEY in request.session:
        return redirect_after_sign_in(request)
    return show_again(request, PageOutdated())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, OTPError())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Redirect a page's URL that lacks the last slash, except for a POST, which would lose its body."""
    if request.method in ("GET", "HEAD") and is_page(f"{request.path_info}/"):
        return HttpResponseRedirect(request.get_full_path(force_append_slash=True))
    return failure(request, NotFound())


def is_page(path: str) -> bool:
    try:
        return bool(resolve(path).url_name)  # the admin's own "not found" matches everything, and has no name
    except Resolver404:
        return False


def server_error(request: HttpRequest) -> HttpResponse:
    error = ServerError()
    error.error_id = secrets.token_hex(4)
    logger.error("Error id %s", error.error_id)  # on Lambda, with the request id that the traceback has
    return failure(request, error)
