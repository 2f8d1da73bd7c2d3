"""The mail with a code."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32, compat32
from email.utils import getaddresses
from unittest.mock import patch

import pytest
from django import VERSION
from django.conf import settings as site
from django.template.base import Template
from django.utils import translation
from django_ses import get_message_bytes
from hypothesis import given
from hypothesis import strategies as st

from otp.delivery import email
from tests.support.mail import words_of

CODE = "048213"
REQUESTED_AT = datetime(2026, 11, 27, 23, 31, 59, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0"


@pytest.fixture
def mail(settings):
    settings.OTP_SITE_NAME = "O'Neil & Söhne"
    return email.compose("ada@example.com", CODE, lifetime=900, requested_at=REQUESTED_AT, user_agent=FIREFOX)


@pytest.fixture
def html(mail):
    return mail.alternatives[0].content


def test_the_first_words_of_both_bodies_are_the_code_and_the_site(mail, html):
    assert mail.body.startswith(f"{CODE} is your code for O'Neil & Söhne.")
    assert " ".join(words_of(html)).startswith(f"{CODE} is your code for O'Neil & Söhne.")


def test_both_bodies_have_the_same_text(mail, html):
    assert mail.body.split() == words_of(html)


@pytest.mark.parametrize("language", [code for code, name in site.LANGUAGES])
def test_in_every_language_both_bodies_have_the_same_text_and_begin_with_the_code(language):
    with translation.override(language):
        mail = email.compose("ada@example.com", CODE, lifetime=900, requested_at=REQUESTED_AT)
    html = mail.alternatives[0].content
    assert mail.body.split() == words_of(html)
    assert mail.body.startswith(f"{CODE} ")
    assert len(html.encode()) < 20_000


def test_it_says_how_long_it_works_and_what_to_do_if_it_was_not_you(mail):
    assert "once, for 15 minutes" in mail.body
    assert "If you didn't request this code" in mail.body


def test_the_subject_names_the_site_and_never_the_code(mail):
    assert mail.subject == "Your code for O'Neil & Söhne, 23:31 UTC"
    assert mail.alternatives[0].content.count("<title>Your code for O&#x27;Neil &amp; Söhne, 23:31 UTC</title>") == 1


def test_mails_of_different_minutes_do_not_form_a_thread(mail):
    later = email.compose("ada@example.com", CODE, lifetime=900, requested_at=REQUESTED_AT + timedelta(minutes=1))
    assert later.subject != mail.subject


def test_a_site_name_of_two_lines_makes_a_subject_of_one_line(settings):
    settings.OTP_SITE_NAME = "The\nbakery"
    mail = email.compose("ada@example.com", CODE, lifetime=900, requested_at=REQUESTED_AT)
    assert mail.subject == "Your code for The bakery, 23:31 UTC"


def test_it_says_for_whom_when_and_in_which_browser_it_was_requested(mail):
    assert "For: ada@example.com\nRequested: 27 November 2026, 23:31 UTC\nBrowser: Firefox on Mac\n" in mail.body


def test_the_time_is_in_utc_whatever_the_clock_says():
    at = REQUESTED_AT.astimezone(timezone(timedelta(hours=11)))
    mail = email.compose("ada@example.com", CODE, lifetime=900, requested_at=at)
    assert "Requested: 27 November 2026, 23:31 UTC" in mail.body


def test_an_arbitrary_user_agent_is_not_mailed():
    stranger = "Call +61 2 5550 0000 at once https://evil.example/ <b>"
    mail = email.compose("ada@example.com", CODE, lifetime=900, requested_at=REQUESTED_AT, user_agent=stranger)
    assert "Browser:" not in mail.body
    for words in (mail.body, mail.alternatives[0].content):
        assert "5550" not in words
        assert "evil" not in words


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
    dark = html.partition("@media (prefers-color-scheme: dark)")[2].partition("</style>")[0]
    assert dark.count("!important") == 6


def test_a_site_name_is_escaped(settings):
    settings.OTP_SITE_NAME = "<b>Shop</b>"
    mail = email.compose("ada@example.com", CODE, lifetime=900, requested_at=REQUESTED_AT)
    assert "<b>Shop</b>." in mail.body
    assert "&lt;b&gt;Shop&lt;/b&gt;." in mail.alternatives[0].content


def test_it_goes_to_the_canonical_address(mail):
    assert mail.recipients() == ["ada@example.com"]


def test_it_is_marked_as_generated_automatically(mail):
    sent = mail.message()
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["X-Auto-Response-Suppress"] == "All"


SENDERS = {
    "Bäckerei <sign-in@bakery.example>": ("Bäckerei", "sign-in@bakery.example"),
    "Acme, Inc. <sign-in@acme.example>": ("Acme, Inc.", "sign-in@acme.example"),
    '"Acme, Inc." <sign-in@acme.example>': ("Acme, Inc.", "sign-in@acme.example"),
    "Büro (Köln), 2. Stock <a@b.example>": ("Büro (Köln), 2. Stock", "a@b.example"),
    "me@home <a@b.example>": ("me@home", "a@b.example"),
    "<a@b.example>": ("", "a@b.example"),
    "a@b.example": ("", "a@b.example"),
}


@pytest.mark.parametrize("sender", SENDERS)
def test_it_comes_from_the_name_and_address_of_the_settings(settings, sender):
    settings.OTP_FROM_EMAIL = sender
    mail = email.compose("ada@example.com", CODE, lifetime=900, requested_at=REQUESTED_AT)
    assert mail.from_email.isascii()  # SES takes it beside the message
    ((name, address),) = getaddresses([mail.message()["From"]])
    assert (str(make_header(decode_header(name))), address) == SENDERS[sender]


def test_a_mail_has_a_boundary_before_it_is_written(mail):
    """Python's email package would compile an expression for each mail to look for one of its own."""
    made = mail.message()
    parts = made.get_payload()
    assert made.get_boundary() == email.BOUNDARY
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert all(email.BOUNDARY not in part.as_string() for part in parts)


def test_a_template_is_compiled_once_for_all_mails(mail):
    with patch.object(Template, "compile_nodelist") as compiled:
        email.compose("bob@example.com", CODE, lifetime=900, requested_at=REQUESTED_AT)
    assert not compiled.called


@given(
    name=st.sampled_from(["Subject", "X-Long-Name-" * 6]),
    value=st.one_of(st.text(st.characters(codec="latin-1")), st.text("ab, ;<>@=?_\t", min_size=55, max_size=85)),
)
def test_a_header_has_the_bytes_that_pythons_email_package_writes(name, value):
    found = []
    for policy in (compat32, email.Headers()):
        message = Message(policy.clone(linesep="\r\n"))
        message[name] = value
        try:
            found.append(message.as_bytes())
        except HeaderParseError:
            found.append(b"an injected header")
    assert found[0] == found[1]


@pytest.mark.parametrize("language", [code for code, name in site.LANGUAGES])
def test_a_mail_only_has_ascii_and_lines_that_smtp_takes(language):
    """SES asks for both. English isn't quoted-printable, which takes longer."""
    with translation.override(language):
        mail = email.compose("ada@example.com", CODE, lifetime=900, requested_at=REQUESTED_AT)
    written = get_message_bytes(mail)
    assert all(line.isascii() and len(line) <= 998 for line in written.split(b"\r\n"))
    parts = message_from_bytes(written.replace(b"\r\n", b"\n")).get_payload()
    assert [part.get_payload(decode=True).decode() for part in parts] == [mail.body, mail.alternatives[0].content]
    encodings = {part["Content-Transfer-Encoding"] for part in parts}
    if VERSION < (6,):  # later ones choose the encoding themselves
        assert encodings == ({"7bit"} if language == "en" else {"quoted-printable"})


@pytest.mark.skipif(VERSION >= (6,), reason="django-ses writes mails of Django 6 with a policy of its own")
def test_a_mail_is_written_with_the_fast_headers(mail):
    with patch.object(email.Headers, "fold_binary", autospec=True, side_effect=Compat32.fold_binary) as folded:
        get_message_bytes(mail)
    assert folded.call_count >= 10
