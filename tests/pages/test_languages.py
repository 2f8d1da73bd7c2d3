"""Every language is complete, and each request gets its own language."""

import gettext
import re
import shutil
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone, translation

from otp.delivery import email, sms
from tests.support.tiers import unavailable

ROOT = Path(__file__).parent.parent.parent
CATALOGUES = ROOT / "otp" / "locale"
OTHERS = [code for code, name in settings.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|</?\w+>")


def catalogue(language: str, folder: Path = CATALOGUES) -> polib.POFile:
    return polib.pofile(str(folder / language / "LC_MESSAGES" / "django.po"))


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_untranslated(language):
    said = catalogue(language)
    assert len(said) > 100
    assert [entry.msgid for entry in said if not entry.translated() or entry.fuzzy or entry.obsolete] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_placeholders_of_what_it_translates(language):
    for entry in catalogue(language):
        for words in [entry.msgstr] if not entry.msgid_plural else entry.msgstr_plural.values():
            allowed = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
            found = set(PLACEHOLDER.findall(words))
            assert found <= allowed
            assert found == allowed or entry.msgid_plural  # "two minutes" is one word in Arabic


@pytest.mark.parametrize("language", OTHERS)
def test_compiled_translations_are_up_to_date(language):
    with (CATALOGUES / language / "LC_MESSAGES" / "django.mo").open("rb") as compiled:
        spoken = gettext.GNUTranslations(compiled)
    for entry in catalogue(language):
        written = entry.msgstr_plural.items() if entry.msgid_plural else [(None, entry.msgstr)]
        for form, words in written:
            msgid = f"{entry.msgctxt}\x04{entry.msgid}" if entry.msgctxt else entry.msgid
            assert spoken._catalog[msgid if form is None else (msgid, form)] == words


def test_in_french_no_line_begins_with_a_punctuation_mark():
    """The space before these punctuation marks must be a non-breaking one."""
    for entry in catalogue("fr"):
        for words in [entry.msgstr, *entry.msgstr_plural.values()]:
            assert not re.search(r" [?!:;»]", words), words


# A wait is over after that time. "En 3 minutos" or "3 मिनट में" would mean within that time.
WAIT = r"(?:<[^>]*>)?%\(wait\)s(?:<[^>]*>)?"
AFTER = {"de": f"in {WAIT}", "es": f"dentro de {WAIT}", "fr": f"dans {WAIT}", "hi": f"{WAIT} बाद", "ar": f"بعد {WAIT}"}


@pytest.mark.parametrize("language", OTHERS)
def test_a_wait_is_over_after_its_time_and_not_within_it(language):
    said = [entry.msgstr for entry in catalogue(language) if "%(wait)s" in entry.msgid]
    assert len(said) > 3
    assert [words for words in said if not re.search(AFTER[language], words)] == []


@pytest.mark.gettext
def test_the_catalogues_contain_exactly_the_messages_of_code_and_templates(tmp_path, monkeypatch):
    """Extracts the messages as `make messages` does: none is missing in the catalogues, and none is obsolete."""
    if not shutil.which("xgettext"):
        unavailable("gettext isn't installed")
    for folder in ("otp", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "LOCALE_PATHS", [str(tmp_path / "otp" / "locale")])
    call_command("gather_messages", verbosity=0)
    for language in OTHERS:
        gathered = catalogue(language, tmp_path / "otp" / "locale")
        assert [entry.msgid for entry in gathered if not entry.translated() or entry.fuzzy or entry.obsolete] == []


# -- responses -------------------------------------------------------------------------------------

GREETINGS = {"de": "Anmelden", "es": "Iniciar sesión", "fr": "Se connecter", "hi": "साइन इन करें", "ar": "تسجيل الدخول"}


@pytest.mark.parametrize("language", OTHERS)
def test_a_page_is_in_the_browsers_language(client, language):
    page = client.get("/", headers={"Accept-Language": f"{language}, en;q=0.5"})
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert f"<h1>{GREETINGS[language]}</h1>" in page.text
    assert page["Content-Language"] == language
    assert "Accept-Language" in page["Vary"]


@pytest.mark.parametrize("header", ["", "tlh", "de-CH;q=0.1, xx", "*", "en-AU"])
def test_any_accept_language_header_selects_a_language(client, header):
    page = client.get("/", headers={"Accept-Language": header})
    assert page["Content-Language"] == ("de" if header.startswith("de") else "en")


def test_a_request_does_not_affect_the_language_of_the_next(client):
    client.get("/", headers={"Accept-Language": "ar"})
    assert '<html lang="en" dir="ltr">' in client.get("/").text


@pytest.mark.parametrize("language", OTHERS)
def test_the_api_answers_in_the_language_and_its_machine_words_stay(client, language):
    body = {"action": "send_otp", "email": "nobody"}
    english, other = (
        client.post("/otp", body, "application/json", headers={"Accept-Language": accepted}).json()
        for accepted in ("en", language)
    )
    assert english == {"message": "Invalid email format", "code": "email_invalid"}
    assert other["code"] == english["code"]
    assert other["message"] == catalogue(language).find("Invalid email format").msgstr


def test_the_mail_is_in_the_language_of_the_request(client, inbox):
    body = {"action": "send_otp", "email": "person@example.com"}
    client.post("/otp", body, "application/json", headers={"Accept-Language": "es"})
    assert inbox()[0].subject.startswith("Su código para ")
    assert "es su código para" in inbox()[0].text


@pytest.mark.parametrize("language", [code for code, name in settings.LANGUAGES])
@pytest.mark.parametrize("minutes", [1, 2, 5, 15, 100])
def test_a_message_is_complete_in_every_language_for_every_lifetime(language, minutes):
    with translation.override(language):
        mail = email.compose("person@example.com", "048213", lifetime=minutes * 60, requested_at=timezone.now())
        text = sms.compose("+61412345678", "048213", lifetime=minutes * 60, requested_at=timezone.now())["Message"]
    for words in (mail.body, mail.alternatives[0].content.partition("<body")[2], text):
        assert words.count("048213") == (2 if words is text else 1)
        assert "%(" not in words
        assert "{" not in words
    assert len(mail.subject) <= 40  # the part that a phone's notification shows


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_mail_reads_in_its_languages_direction_and_the_code_from_left_to_right(language):
    with translation.override(language):
        html = (
            email.compose("person@example.com", "048213", lifetime=900, requested_at=timezone.now())
            .alternatives[0]
            .content
        )
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in html
    assert re.search(r'<b dir="ltr"[^>]*>048213</b>', html)
    assert f"text-align:{'right' if language == 'ar' else 'left'}" in html
