"""How a page is rendered: its status and headers are those of the refusal it shows."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from otp.exceptions import OTPError


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, refusal: OTPError | None = None
) -> HttpResponse:
    """A page, with the status and headers of a refusal; else 400 for a form with errors, 200 without."""
    content = render_to_string(template, context, request)
    if refusal:
        return HttpResponse(content, status=refusal.status, headers=refusal.headers)
    form = (context or {}).get("form")
    return HttpResponse(content, status=400 if form and form.errors else 200)
