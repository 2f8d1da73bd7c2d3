"""Renders a page, with the status and headers of the refusal that it shows."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from otp.exceptions import OTPError


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, refusal: OTPError | None = None
) -> HttpResponse:
    """A page with the status and headers of a refusal. Without one, 400 if the form has errors, else 200."""
    content = render_to_string(template, context, request)
    if refusal:
        return HttpResponse(content, status=refusal.status, headers=refusal.headers)
    form = (context or {}).get("form")
    return HttpResponse(content, status=400 if form and form.errors else 200)
