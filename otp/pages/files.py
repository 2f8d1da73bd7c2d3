"""Files that browsers and crawlers request by a fixed name."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

ROBOTS = "User-agent: *\nDisallow: /\n"


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Redirect `/favicon.ico` and Apple's touch icons to the PNG, since not all browsers support the pages' SVG."""
    return HttpResponseRedirect(static("otp/icon.png"))


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Tell search engines not to index anything."""
    return HttpResponse(ROBOTS, content_type="text/plain")
