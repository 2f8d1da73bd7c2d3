"""The security headers of every response of a live site, including errors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.templatetags.static import static
from django.test import Client
from django.urls import path

from otp.models import Account
from otpsite import urls as site_urls
from otpsite.urls import handler400, handler403, handler404, handler500  # noqa: F401 - a root of URLs has them
from tests.support.accounts import member
from tests.support.api import ADDRESS, mailed_code
from tests.support.live import LIVE
from tests.support.pages import request_code, submit
from tests.support.paths import ALL_PATHS

ON_ALL = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
KEPT_BY_CACHES = {"/otp/openapi.json", "/.well-known/jwks.json"}  # they contain no personal data


def boom(request):
    raise RuntimeError("123456")


urlpatterns = [path("boom", boom), path("otp/boom", boom), *site_urls.urlpatterns]
pytestmark = [pytest.mark.slow, pytest.mark.urls(__name__), pytest.mark.usefixtures("live")]


class Browser(Client):
    """A client that requests the live site by https, as API Gateway does."""

    def __init__(self):
        headers = {"Referer": "https://otp.example/"}
        super().__init__(
            raise_request_exception=False, enforce_csrf_checks=True, headers=headers, SERVER_NAME="otp.example"
        )

    def generic(self, *args, **kwargs):
        return super().generic(*args, **{**kwargs, "secure": True})


def expect_headers(answer, name):
    for header, value in ON_ALL.items():
        assert answer.headers.get(header) == value, (name, header)
    assert "camera=()" in answer.headers["Permissions-Policy"], name
    for cookie in answer.cookies.values():
        assert cookie.key.startswith("__Host-"), (name, cookie.key)
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax"), (name, cookie.key)
        assert (cookie["path"], cookie["domain"]) == ("/", ""), (name, cookie.key)


def expect_headers_of_a_page(answer, name):
    expect_headers(answer, name)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy, name
    assert "frame-ancestors 'none'" in policy, name
    assert "unsafe" not in policy, name
    assert answer.headers["X-Frame-Options"] == "DENY", name


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("role", [None, Account.Role.SUPERUSER])
def test_every_response_has_the_headers(method, role):
    client = Browser()
    if role:
        client.force_login(member(ADDRESS, role=role))
    assert len(ALL_PATHS) > 40
    for url in ALL_PATHS:
        answer = client.generic(method, url)
        assert answer.status_code < 500, url
        expect_headers_of_a_page(answer, f"{method} {url}")
        if url not in KEPT_BY_CACHES or answer.status_code != 200:
            assert "no-store" in answer["Cache-Control"], url
            assert "public" not in answer["Cache-Control"], url


@pytest.mark.parametrize(
    ("method", "url", "status", "more"),
    [
        ("GET", "/", 400, {"headers": {"Host": "evil.example"}}),
        ("POST", "/otp", 400, {"data": "{"}),
        ("POST", "/", 403, {}),
        ("POST", "/otp", 403, {"headers": {"Origin": "https://evil.example"}}),
        ("GET", "/nothing", 404, {}),
        ("GET", "/otp/nothing", 404, {}),
        ("GET", "/otp", 405, {}),
        ("GET", "/ses/events/", 405, {}),
        ("POST", "/otp", 413, {"data": "x" * 9000}),
        ("GET", "/boom", 500, {}),
        ("GET", "/otp/boom", 500, {}),
    ],
)
def test_errors_have_the_headers_too(method, url, status, more):
    answer = Browser().generic(method, url, **more)
    assert answer.status_code == status
    expect_headers_of_a_page(answer, url)
    assert answer["Cache-Control"] == "no-store"


def test_static_files_are_cached_but_not_embedded():
    answer = Browser().get(static("otp/otp.css"))
    answer.close()
    assert answer.status_code == 200
    expect_headers(answer, "a file")
    assert not answer.cookies
    assert "no-store" not in answer["Cache-Control"]


def test_cookies_are_host_only_secure_and_http_only():
    client = Browser()
    page = submit(client, request_code(client), code=mailed_code(), follow=False)
    assert set(page.cookies) == {"__Host-session", "__Host-otp_device"}
    expect_headers_of_a_page(page, "signing in")


def test_check_deploy_finds_nothing_on_a_live_site():
    """Runs in a process of its own, which reads the settings from the environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTP_", "AWS_", "DJANGO_"))}
    run = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "INFO"],
        env=clean | LIVE | {"DJANGO_SETTINGS_MODULE": "otpsite.settings"},
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert "no issues" in run.stdout
