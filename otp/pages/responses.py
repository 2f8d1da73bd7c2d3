"""How a page is answered: its status and headers follow the refusal that it shows."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from otp.exceptions import OTPError


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, refusal: OTPError | None = None
) -> HttpResponse:
    """A page. Its status is the refusal's; 400 for a form with errors."""
    form = (context or {}).get("form")
    response = render(request, template, context, status=400 if form and form.errors else 200)
    return marked(response, refusal) if refusal else response


def marked(response: HttpResponse, refusal: OTPError) -> HttpResponse:
    """The response with the refusal's status and headers."""
    response.status_code = refusal.status
    for name, value in refusal.headers.items():
        response[name] = value
    return response
