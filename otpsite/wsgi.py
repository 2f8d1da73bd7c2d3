"""The site as a WSGI application. With unsafe settings it doesn't start, on Lambda or elsewhere."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "otpsite.settings")

site = get_wsgi_application()

from otp.checks import refuse_unsafe_settings  # noqa: E402 - needs Django's setup

refuse_unsafe_settings()

BOUNDARY = re.compile(r';\s*boundary=("[^"]*"|[^;\s]+)', re.IGNORECASE)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve a request, of whose Content-Type only the type and a boundary are kept.

    Django decodes by the charset before any middleware runs, where an odd one is an error that nothing handles. The
    site reads UTF-8 only.
    """
    if ";" in (value := environ.get("CONTENT_TYPE", "")):
        boundary = BOUNDARY.search(value)
        environ["CONTENT_TYPE"] = value.partition(";")[0] + (boundary[0] if boundary else "")
    return site(environ, start_response)
