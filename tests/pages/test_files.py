"""Files with well-known names, pages without their trailing slash, and links to files."""

import re
import struct
from base64 import b64decode
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from otp.pages import context
from otp.urls import ICONS
from tests.support.accounts import member
from tests.support.api import mailed_code
from tests.support.pages import CODE, request_code, submit

TOP = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", ICONS)
def test_the_icon_is_at_the_path_that_browsers_request(client, name):
    response = client.get(f"/{name}")
    assert (response.status_code, response["Location"]) == (302, "/static/otp/icon.png")
    assert response.cookies == {}


@pytest.mark.parametrize("path", ["otp/static/otp/icon.png", "examples/brand/static/otp/icon.png"])
def test_the_icon_is_a_square_of_the_size_that_apple_requires(path):
    header = (TOP / path).read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:]) == (180, 180)


def test_the_pages_name_both_icons(client):
    page = client.get("/").text
    found = re.search(r'<link rel="icon" type="image/svg.xml" href="data:image/svg.xml;base64,(.*?)">', page)
    assert b64decode(found[1]) == Path(finders.find("otp/icon.svg")).read_bytes()
    assert '<link rel="apple-touch-icon" href="/static/otp/icon.png">' in page
    assert finders.find("otp/icon.png")


def test_an_icon_that_is_large_stays_a_file(client, monkeypatch):
    monkeypatch.setattr(context, "LARGEST_ICON", 10)
    context.icon_in_page.cache_clear()
    try:
        page = client.get("/").text
    finally:
        context.icon_in_page.cache_clear()
    assert '<link rel="icon" type="image/svg+xml" href="/static/otp/icon.svg">' in page


def test_robots_txt_disallows_everything(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain"
    assert response.text == "User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/account", "/account/"),
        ("/verify?next=%2Fadmin%2F", "/verify/?next=%2Fadmin%2F"),
        ("/account/delete", "/account/delete/"),
        ("/admin", "/admin/"),
        ("/admin/analytics?range=7d", "/admin/analytics/?range=7d"),
    ],
)
def test_a_page_without_its_trailing_slash_redirects(client, path, target):
    response = client.get(path)
    if path.startswith("/admin/"):  # the admin reveals only that one has to sign in
        assert response["Location"].startswith("/admin/login/?next=/admin/analytics")
    else:
        assert (response.status_code, response["Location"]) == (302, target)


@pytest.mark.parametrize(
    "path", ["/nothing", "/nothing/", "/%2Fevil.example", "/%2Fevil.example/", "/account/nothing", "/otp/nothing"]
)
def test_an_unknown_path_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_a_post_is_not_redirected_as_it_would_lose_its_body(client):
    assert client.post("/account").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/account/export/", "/account/"),
        ("/admin/analytics.csv?range=7d", "/admin/analytics/"),
        ("/account/delete/", "/account/delete/"),
    ],
)
def test_next_to_a_file_leads_to_the_page_that_links_to_it(wanted, reached):
    """A redirect to the file would download it and leave the browser on the page with the code."""
    client = Client()
    page = request_code(client, start=f"/?next={wanted}")
    page = submit(client, page, CODE, follow=False, code=mailed_code())
    assert (page.status_code, page["Location"]) == (302, reached)


def test_a_link_to_a_file_has_no_download_attribute(client):
    """With `download`, a browser would save the sign-in page as the file if the session has ended."""
    client.force_login(member("person@example.com"))
    page = client.get("/account/").text
    assert 'href="/account/export/"' in page
    assert "download>" not in page


def test_a_page_has_a_description_theme_colours_and_noindex(client, settings):
    settings.OTP_SITE_NAME = "The bakery"
    page = client.get("/").text
    assert 'name="description" content="Sign in to The bakery with a one-time code.' in page
    assert page.count('<meta name="theme-color" media="(prefers-color-scheme: ') == 2
    assert '<meta name="robots" content="noindex">' in page


@pytest.mark.parametrize(
    ("setting", "words"), [("OTP_HELP_URL", "Help"), ("OTP_TERMS_URL", "Terms"), ("OTP_PRIVACY_URL", "Privacy")]
)
def test_the_footer_has_the_links_of_the_settings(client, settings, setting, words):
    settings.OTP_HELP_URL = ""
    assert "<footer>" not in client.get("/").text
    setattr(settings, setting, "https://bakery.example/x")
    assert f'<a href="https://bakery.example/x">{words}</a>' in client.get("/").text
