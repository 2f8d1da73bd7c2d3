"""What every request passes: nothing foreign changes anything, every refusal has a face, every answer its headers."""

import re
from collections.abc import Callable

from django.conf import settings
from django.db.utils import OperationalError
from django.http import HttpRequest, HttpResponse

from .exceptions import ForeignOrigin, OTPError, Unavailable

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}

# What Django has no setting for. Nothing here is any other site's to embed, and no page needs what a phone can sense.
HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    "Cache-Control": "no-store",  # unless a view says otherwise: answers name people
}


class Headers:
    """Adds HEADERS to whatever is answered, errors and files included, where the answer doesn't say otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class Guard:
    """Refuses what another site makes a browser send, cookies or not, before any view or session is touched.

    Django's CSRF token protects forms; this also covers the JSON API, which has none, and a sign-in forced on
    somebody (login CSRF). Programs send neither header and pass.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in SAFE_METHODS and is_foreign(request):
            return self.process_exception(request, ForeignOrigin())
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal that no view turned into an answer of its own, or tables that the admin couldn't reach."""
        if isinstance(error, OperationalError):
            error = Unavailable()
        from .errors import failure  # the pages' code waits until a page is asked for: the API starts without it

        return failure(request, error) if isinstance(error, OTPError) else None


def is_foreign(request: HttpRequest) -> bool:
    if is_listed(request):
        return False
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return True
    origin = request.headers.get("Origin")
    return origin is not None and origin != f"{request.scheme}://{request.get_host()}"


def is_listed(request: HttpRequest) -> bool:
    """Whether it comes from an origin of OTP_CORS_ORIGINS, and goes to the API: no page takes anything from there."""
    at_api = re.match(settings.CORS_URLS_REGEX, request.path_info)
    return bool(at_api) and request.headers.get("Origin") in settings.CORS_ALLOWED_ORIGINS
