"""Where a person goes after signing in."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def next_page(request: HttpRequest) -> str:
    """The page of this site that `?next=` names, or "". It stays in the query, so that each tab keeps its own."""
    url = request.GET.get("next", "")
    here = {request.get_host()}
    return url if url_has_allowed_host_and_scheme(url, here, require_https=request.is_secure()) else ""


def next_query(request: HttpRequest, **more: str) -> str:
    url = next_page(request)
    fields = {**more, "next": url} if url else more
    return f"?{urlencode(fields)}" if fields else ""


def destination(request: HttpRequest) -> str:
    return next_page(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
