"""Middleware: security headers, refusing requests from other sites, error pages, and what programs skip."""

import re
from collections.abc import Callable

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import SuspiciousOperation
from django.db.utils import OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware

from .conf import conf
from .exceptions import ForeignOrigin, OTPError, Unavailable
from .paths import is_for_programs

Handler = Callable[[HttpRequest], HttpResponse]

# Other sites may submit forms to these: the views ignore cookies and redirect to the same page by GET.
OPEN_TO_FORMS = ("/oauth2/authorize", "/oauth2/logout")
PROVIDER = "/oauth2/"
SIGN_IN = ("/", "/verify/")
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}

# Headers that Django has no setting for. No other site may embed resources of this one, and no page uses sensors.
HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    "Cache-Control": "no-store",  # responses hold personal data; a view may say otherwise
}

# Programs get these from here, and pages from PAGE_MIDDLEWARE.
HEADERS_FOR_PROGRAMS = HEADERS | {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
PAGE_MIDDLEWARE = (
    CSPMiddleware,
    XFrameOptionsMiddleware,
    SessionMiddleware,
    CsrfViewMiddleware,
    AuthenticationMiddleware,
    MessageMiddleware,
)


class Headers:
    """Add HEADERS to every response, errors and files included, unless the response has set them."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in (HEADERS_FOR_PROGRAMS if is_for_programs(request) else HEADERS).items():
            response.headers.setdefault(name, value)
        if is_for_application(request):
            response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
        return response


def is_for_application(request: HttpRequest) -> bool:
    """Whether an application may have opened this page, in a pop-up that has to keep its `opener`.

    Cross-Origin-Opener-Policy would end that relation for good, even if only one redirect on the way had it.
    """
    if not conf.clients:
        return False
    if request.path_info not in SIGN_IN:
        return request.path_info.startswith(PROVIDER)
    try:
        following = request.GET.get("next", "").removeprefix(request.META.get("SCRIPT_NAME", ""))
    except SuspiciousOperation:  # too many parameters: the page that says so is none of the sign-in
        return False
    return following.startswith(PROVIDER)


class PagesOnly:
    """Let requests of programs skip those of PAGE_MIDDLEWARE that directly follow this one in MIDDLEWARE."""

    def __init__(self, get_response: Handler) -> None:
        self.for_pages = self.for_programs = get_response
        while isinstance(skipped := getattr(self.for_programs, "__wrapped__", None), PAGE_MIDDLEWARE):
            self.for_programs = skipped.get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.for_programs(request) if is_for_programs(request) else self.for_pages(request)


class Guard:
    """Refuse unsafe requests that another site makes a browser send, before any view is called.

    Django's CSRF token protects forms. This also covers the JSON API, which has no token, and login CSRF. Clients that
    aren't browsers send neither of the headers it looks at, and pass.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in SAFE_METHODS and is_foreign(request):
            return error_response(request, ForeignOrigin())
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The response to an OTPError that no view handled, or to an OperationalError from the admin."""
        if isinstance(error, OperationalError):
            error = Unavailable()
        return error_response(request, error) if isinstance(error, OTPError) else None


def error_response(request: HttpRequest, error: OTPError) -> HttpResponse:
    from .errors import failure  # imports the pages, which API requests don't need

    return failure(request, error)


def is_foreign(request: HttpRequest) -> bool:
    if is_listed(request) or request.path_info in OPEN_TO_FORMS:
        return False
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return True
    origin = request.headers.get("Origin")
    return origin is not None and origin != f"{request.scheme}://{request.get_host()}"


def is_listed(request: HttpRequest) -> bool:
    """Whether it comes from one of OTP_CORS_ORIGINS and goes to the API. Pages refuse these origins too."""
    at_api = re.match(settings.CORS_URLS_REGEX, request.path_info)
    return bool(at_api) and request.headers.get("Origin") in settings.CORS_ALLOWED_ORIGINS
