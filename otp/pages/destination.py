"""The page after signing in: the one in `?next=`, if it is on this site, or the account page."""

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import Resolver404, get_script_prefix, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme


def next_url(request: HttpRequest) -> str:
    """`?next=` if it is a URL of this site, else "". It stays in the query, so that each tab has its own."""
    url = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if is_ours else ""


def next_query(request: HttpRequest, **fields: str) -> str:
    """A query string of these fields and `next`, or "" if there are none."""
    if url := next_url(request):
        fields["next"] = url
    return f"?{urlencode(fields)}" if fields else ""


# After a download the browser would stay on the sign-in page, so it goes to the page with the link instead.
PAGE_OF_FILE = {"export": "account", "admin:analytics_csv": "admin:analytics"}


def destination(request: HttpRequest) -> str:
    """The URL to go to after signing in."""
    url = next_url(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
    try:
        name = resolve(f"/{urlsplit(url).path.removeprefix(get_script_prefix())}").view_name
    except Resolver404:
        return url
    return reverse(PAGE_OF_FILE[name]) if name in PAGE_OF_FILE else url
