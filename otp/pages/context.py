"""What every template may say."""

from django.conf import settings
from django.http import HttpRequest

from otp.conf import conf


def site(request: HttpRequest | None = None) -> dict[str, object]:
    """The site's name, and whether this is local mode, which alone has an inbox."""
    return {"site_name": conf.site_name, "local": settings.LOCAL}
