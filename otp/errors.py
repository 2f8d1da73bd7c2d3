"""What answers an error outside a view's own handling: JSON to programs, a page to people."""

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .api.http import refusal
from .exceptions import Forbidden, NotFound, OTPError, PageOutdated, ServerError
from .pages import texts
from .pages.context import site
from .pages.destination import destination
from .pages.responses import marked


def failure(request: HttpRequest, error: OTPError) -> HttpResponse:
    """A refusal as a whole answer: JSON to programs, a page to people. Needs no session, user or storage."""
    path = request.path_info  # without the gateway's stage
    if path == "/otp" or path.startswith("/otp/"):
        return refusal(error)
    context = {**site(request), "error": error, "way_on": texts.way_on(error)}
    return marked(HttpResponse(render_to_string("failure.html", context)), error)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without this session's token. After a sign-in, a second click or Back: it goes where the first went."""
    if SESSION_KEY in request.session and request.path in (reverse("sign-in"), reverse("verify")):
        return HttpResponseRedirect(destination(request))
    return failure(request, PageOutdated())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, OTPError(_("This request can't be read")))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return failure(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    return failure(request, ServerError())
