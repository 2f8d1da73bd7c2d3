"""The limits in docs/security.md are those of the code, and no figure is stated in two documents."""

import re

import pytest

from otp import rules
from tests.support.error_codes import ROOT

TOP = ROOT.parent
DOCUMENTS = {file.name: file.read_text("utf-8") for file in (*TOP.glob("*.md"), *TOP.glob("docs/*.md"))}
del DOCUMENTS["CHANGELOG.md"]  # says what a figure was
WORDS = {6: "six", 16: "sixteen"}
ATTEMPTS, SENDS, GUESSES = rules.MAX_ATTEMPTS, len(rules.SEND_WINDOWS), rules.guesses_per_day()


@pytest.mark.parametrize(
    "words",
    [
        f"an address allows {GUESSES} in any 24 hours",
        f"The {WORDS[ATTEMPTS]} attempts of a code and the {WORDS[SENDS]} codes of an address",
        f"guesses for each of {WORDS[SENDS]} codes in any 24 hours are {GUESSES} guesses",
    ],
)
def test_a_limit_matches_the_code(words):
    assert words in DOCUMENTS["security.md"]


@pytest.mark.parametrize(
    ("figure", "document"),
    [
        (rf"\b{GUESSES}\b", "security.md"),
        (r"(?i)\b(six|6) (guesses|attempts|times)", "security.md"),
        (r"(?i)\b(fifteen|15) minutes", "security.md"),
        (r"more than five minutes", "security.md"),
        (r"`memory_size` is|\b256 MB", "deploy.md"),
        (r"\b400 requests", "deploy.md"),
        (r"\b8 KiB", "api.md"),
        (r"\b14 mails", "scale.md"),
        (r"\b250 lines", "CONTRIBUTING.md"),
    ],
)
def test_a_figure_is_stated_in_one_document(figure, document):
    assert [name for name, text in DOCUMENTS.items() if re.search(figure, text)] == [document]
