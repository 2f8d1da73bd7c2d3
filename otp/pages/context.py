"""The template context that every page has."""

from django.conf import settings
from django.http import HttpRequest

from otp.bidi import isolated
from otp.conf import conf


def site(request: HttpRequest | None = None) -> dict[str, object]:
    """The site's name and links, and whether this is local mode, which has an inbox."""
    return {
        "site_name": isolated(conf.site_name),
        "help_url": conf.help_url,
        "terms_url": conf.terms_url,
        "privacy_url": conf.privacy_url,
        "local": settings.LOCAL,
    }
