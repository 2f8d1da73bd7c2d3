"""What browsers and crawlers ask for by a fixed name, whatever the pages link to."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

ROBOTS = "User-agent: *\nDisallow: /\n"


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """For `/favicon.ico` and Apple's touch icons: the PNG, as not every browser takes the SVG that pages link to."""
    return HttpResponseRedirect(static("otp/icon.png"))


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Nothing here belongs into a search engine."""
    return HttpResponse(ROBOTS, content_type="text/plain")
