"""Where a person is sent after signing in: the page of this site that `?next=` names, or the account page."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def next_url(request: HttpRequest) -> str:
    """`?next=` if it stays on this site, else "". It is passed on in the query, so that each tab keeps its own."""
    url = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if is_ours else ""


def next_query(request: HttpRequest, **fields: str) -> str:
    """A query string of these fields and `next`, or "" if there are none."""
    if url := next_url(request):
        fields["next"] = url
    return f"?{urlencode(fields)}" if fields else ""


def destination(request: HttpRequest) -> str:
    return next_url(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
