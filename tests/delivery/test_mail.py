"""The mail with a code."""

import re
from email.header import decode_header, make_header
from email.utils import parseaddr
from html import unescape

import pytest
from django.conf import settings as site
from django.utils import translation

from otp.delivery import email

CODE = "048213"


@pytest.fixture
def mail(settings):
    settings.OTP_SITE_NAME = "O'Neil & Söhne"
    return email.compose("ada@example.com", CODE, lifetime=900)


@pytest.fixture
def html(mail):
    return mail.alternatives[0].content


def words_of(html):
    """The visible words of HTML."""
    return unescape(re.sub(r"<[^>]*>", " ", html.partition("<body")[2].partition(">")[2])).split()


def test_the_first_words_of_both_bodies_are_the_code_and_the_site(mail, html):
    assert mail.body.startswith(f"{CODE} is your code for O'Neil & Söhne.")
    assert " ".join(words_of(html)).startswith(f"{CODE} is your code for O'Neil & Söhne.")


def test_both_bodies_have_the_same_text(mail, html):
    assert mail.body.split() == words_of(html)


@pytest.mark.parametrize("language", [code for code, name in site.LANGUAGES])
def test_in_every_language_both_bodies_have_the_same_text_and_begin_with_the_code(language):
    with translation.override(language):
        mail = email.compose("ada@example.com", CODE, lifetime=900)
    html = mail.alternatives[0].content
    assert mail.body.split() == words_of(html)
    assert mail.body.startswith(f"{CODE} ")
    assert len(html.encode()) < 20_000


def test_it_says_how_long_it_works_and_what_to_do_if_it_was_not_you(mail):
    assert "once, for 15 minutes" in mail.body
    assert "If you didn't request this code" in mail.body


def test_the_subject_is_fixed_and_without_the_code(mail):
    assert mail.subject == "Your OTP Code"


def test_the_code_is_one_word(html):
    assert html.count(CODE) == 1


def test_it_is_small_and_loads_nothing(html):
    assert len(html.encode()) < 20_000
    assert not re.search(r"https?:|src=|url\(|<link|<script|<img", html)


def test_it_holds_no_link(mail, html):
    """So a scanner that opens every link can't sign anyone in (threat 18)."""
    assert "href" not in html
    assert "://" not in mail.body


def test_it_supports_dark_mode(html):
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "background" not in html


def test_a_site_name_is_escaped(settings):
    settings.OTP_SITE_NAME = "<b>Shop</b>"
    mail = email.compose("ada@example.com", CODE, lifetime=900)
    assert "<b>Shop</b>." in mail.body
    assert "&lt;b&gt;Shop&lt;/b&gt;." in mail.alternatives[0].content


def test_it_goes_to_the_canonical_address(mail):
    assert mail.recipients() == ["ada@example.com"]


def test_it_is_marked_as_generated_automatically(mail):
    sent = mail.message()
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["X-Auto-Response-Suppress"] == "All"


def test_it_comes_from_the_name_and_address_of_the_settings(settings):
    settings.OTP_FROM_EMAIL = "Bäckerei <sign-in@bakery.example>"
    sent = email.compose("ada@example.com", CODE, lifetime=900).message()
    name, address = parseaddr(sent["From"])
    assert (str(make_header(decode_header(name))), address) == ("Bäckerei", "sign-in@bakery.example")
