"""Programs skip what only pages need, and every path of a page passes it."""

import pytest
from django.test import Client
from django.urls import resolve

from tests.support.paths import ALL_PATHS

PROGRAMS = {
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/oauth2/revoke",
    "/oauth2/token",
    "/oauth2/userinfo",
    "/otp",
    "/otp/me",
    "/otp/openapi.json",
    "/otp/staff/figures",
    "/otp/staff/log",
    "/ses/events/",
}
NEEDED_BY_PAGES = {"csp_nonce", "session", "user", "_messages"}


def passed(method, path):
    """What the middleware for pages has put on the request."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    return NEEDED_BY_PAGES & set(vars(client.generic(method, path).wsgi_request))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_all_but_programs_pass_the_middleware_of_pages(method):
    assert set(ALL_PATHS) >= PROGRAMS
    for path in ALL_PATHS:
        assert passed(method, path) == (set() if path in PROGRAMS else NEEDED_BY_PAGES), path


@pytest.mark.parametrize(
    "path", ["/otp/docs", "/otpx", "/otp%0A", "/oauth2/tokens", "/oauth2/token/", "/ses/events", "/x/otp"]
)
def test_a_path_that_only_resembles_one_of_a_program_is_a_page(path):
    assert passed("GET", path) == NEEDED_BY_PAGES


@pytest.mark.parametrize("path", sorted(PROGRAMS))
def test_programs_need_no_csrf_token(path):
    """Django's test client sets a mark by which a view without `csrf_exempt` goes unnoticed."""
    assert resolve(path).func.csrf_exempt
