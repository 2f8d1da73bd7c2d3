"""The template context that every page has."""

import functools
from base64 import b64encode
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.templatetags.static import static

from otp.bidi import isolated
from otp.conf import conf

LARGEST_ICON = 2048  # bytes that may be in each page


def site(request: HttpRequest | None = None) -> dict[str, object]:
    """The site's name, icon and links, and whether this is local mode, which has an inbox."""
    return {
        "site_name": isolated(conf.site_name),
        "icon": icon_in_page() or static("otp/icon.svg"),
        "help_url": conf.help_url,
        "terms_url": conf.terms_url,
        "privacy_url": conf.privacy_url,
        "local": settings.LOCAL,
    }


@functools.cache
def icon_in_page() -> str:
    """The icon as a data: URL, which saves each first visit a request; "" for a large file."""
    icon = Path(finders.find("otp/icon.svg")).read_bytes()
    return f"data:image/svg+xml;base64,{b64encode(icon).decode()}" if len(icon) <= LARGEST_ICON else ""
