"""The page after signing in: the one in `?next=`, if it is on this site, or the account page."""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.shortcuts import resolve_url
from django.urls import Resolver404, ResolverMatch, get_script_prefix, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

NEW_SIGN_IN = "again"  # key of Django's session: which page needs another sign-in, and the Session before that
NEW = timedelta(minutes=5)  # how long a sign-in is a new one; meanwhile the person may have to read a page of consent


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
    match = match_of(url)
    return reverse(PAGE_OF_FILE[match.view_name]) if match and match.view_name in PAGE_OF_FILE else url


def match_of(url: str) -> ResolverMatch | None:
    """The view that a URL of this site leads to, or None."""
    try:
        return resolve(f"/{urlsplit(url).path.removeprefix(get_script_prefix())}")
    except Resolver404:
        return None


# -- when an application sends somebody here ---------------------------------------------------------


def introduction(request: HttpRequest) -> dict[str, str]:
    """What to show about the application that sends somebody here; {} if none does.

    The view of `next` then has a function `introduction`, which takes the query, and will redirect to another site.
    """
    url = next_url(request)
    introduce = getattr(getattr(match_of(url), "func", None), "introduction", None) if url else None
    return introduce(QueryDict(urlsplit(url).query)) if introduce else {}


def is_signed_in(request: HttpRequest) -> bool:
    """Whether somebody is signed in, and `next` doesn't require them to sign in again."""
    if not request.user.is_authenticated:
        return False
    return request.session.get(NEW_SIGN_IN) != _mark(request, next_url(request))


def require_new_sign_in(request: HttpRequest, url: str) -> None:
    """Require another sign-in than the present one for a page."""
    request.session[NEW_SIGN_IN] = _mark(request, url)


def has_new_sign_in(request: HttpRequest, url: str) -> bool:
    """Whether another sign-in was required for this page, and was made a moment ago by whoever is signed in."""
    user: Any = request.user
    page, session = request.session.get(NEW_SIGN_IN, ("", ""))
    here = _mark(request, url)
    return page == here[0] and session != here[1] and timezone.now() - user.session.created_at <= NEW


def forget_new_sign_in(request: HttpRequest, url: str) -> None:
    """Each further visit of the page requires another sign-in."""
    if has_new_sign_in(request, url):
        del request.session[NEW_SIGN_IN]


def _mark(request: HttpRequest, url: str) -> list[str]:
    user: Any = request.user
    return [hashlib.sha256(url.encode()).hexdigest()[:32], user.session.sid if user.is_authenticated else ""]
