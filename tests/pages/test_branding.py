"""A site's own templates and static files take precedence, tested with the example in docs/branding.md."""

import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as site
from django.contrib.staticfiles import finders
from django.test import override_settings
from django.utils import timezone, translation

from otp.delivery import email
from tests.support.colours import contrast
from tests.support.mail import words_of

BRAND = Path(__file__).parent.parent.parent / "examples" / "brand"


@pytest.fixture
def bakery(settings):
    """The site with OTP_BRAND=examples/brand."""
    with branded(settings):
        yield


@contextmanager
def branded(settings):
    templates, static = settings.TEMPLATES[0], [BRAND / "static"]
    dirs = [BRAND / "templates", *templates["DIRS"][1:]]
    with override_settings(
        TEMPLATES=[{**templates, "DIRS": dirs}], STATICFILES_DIRS=static, OTP_SITE_NAME="The bakery"
    ):
        finders.get_finder.cache_clear()
        yield
    finders.get_finder.cache_clear()


def mailed(language="en"):
    with translation.override(language):
        return email.compose(
            "person@example.com",
            "048213",
            lifetime=900,
            requested_at=timezone.now(),
            user_agent="Firefox/140.0 Mac OS X",
        )


def test_pages_are_the_projects_with_the_colours_of_the_brand(bakery, client):
    page = client.get("/").text
    assert '<link rel="stylesheet" href="/static/brand.css">' in page
    assert '<link rel="stylesheet" href="/static/otp/otp.css">' in page
    assert "The bakery" in page
    assert "Email me a code" in page


def test_its_logo_replaces_the_projects(bakery):
    assert finders.find("otp/icon.svg") == str(BRAND / "static" / "otp" / "icon.svg")
    assert finders.find("brand.css")


def test_its_mail_replaces_the_projects(bakery):
    mail = mailed()
    for words in (mail.body, mail.alternatives[0].content):
        assert "7 Mill Lane" in words
        assert words.count("048213") == 1
        assert "The bakery" in words


@pytest.mark.parametrize("language", [code for code, name in site.LANGUAGES])
def test_its_mail_has_all_the_content_of_the_projects_mail(settings, clock, language):
    settings.OTP_SITE_NAME = "The bakery"
    ours = mailed(language)
    with branded(settings):
        theirs = mailed(language)
    html = theirs.alternatives[0].content
    assert theirs.subject == ours.subject
    assert [line for line in ours.body.splitlines() if line not in theirs.body] == []
    assert theirs.body.split() == words_of(html)
    assert not re.search(r"https?:|href|src=|url\(|<link|<script", html)


def test_a_site_can_keep_the_subject_of_the_previous_system(settings):
    templates = settings.TEMPLATES[0]
    example = BRAND.parent / "original" / "templates"
    settings.TEMPLATES = [{**templates, "DIRS": [example, *templates["DIRS"]]}]
    mail = email.compose("person@example.com", "048213", lifetime=900, requested_at=timezone.now())
    assert mail.subject == "Your OTP Code"
    assert mail.body.startswith("048213 is your code")


@pytest.mark.parametrize("scheme", [0, 1], ids=["by day", "by night"])
def test_its_colours_have_enough_contrast(scheme):
    rules = (BRAND / "static" / "brand.css").read_text().split(":root")[1:][scheme]
    colours = dict(line.strip(" ;").split(": ") for line in rules.splitlines() if line.strip().startswith("--"))
    assert contrast(colours["--accent"], colours["--card"]) >= 4.5
    assert contrast(colours["--accent"], colours["--on-accent"]) >= 4.5


def test_without_a_brand_folder_the_project_is_unchanged(client):
    assert "brand.css" not in client.get("/").text
