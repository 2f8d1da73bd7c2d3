"""Renders a page, with the status and headers of the refusal that it shows, and redirects to the next page."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from otp.exceptions import OTPError

from .destination import destination, introduction


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, refusal: OTPError | None = None
) -> HttpResponse:
    """A page with the status and headers of a refusal. Without one, 400 if the form has errors, else 200."""
    content = render_to_string(template, context, request)
    if refusal:
        return HttpResponse(content, status=refusal.status, headers=refusal.headers)
    form = (context or {}).get("form")
    return HttpResponse(content, status=400 if form and form.errors else 200)


def redirect_after_sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to the page after signing in."""
    url = destination(request)
    if request.method == "POST" and introduction(request):
        return redirecting_page(request, url)
    return HttpResponseRedirect(url)


def redirecting_page(request: HttpRequest, url: str) -> HttpResponse:
    """A page that redirects to a URL by itself.

    The response to a form may not redirect to another site, not even by way of a page of this one: browsers apply the
    `form-action` of the content security policy to each step.
    """
    return render_page(request, "redirecting.html", {"url": url})
