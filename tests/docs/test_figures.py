"""The limits that README.md and docs/security.md name are those of the code."""

import pytest

from otp import rules
from tests.support.error_codes import ROOT

WORDS = {6: "six", 16: "sixteen"}
README = (ROOT.parent / "README.md").read_text("utf-8")
SECURITY = (ROOT.parent / "docs" / "security.md").read_text("utf-8")


def limits():
    """Each limit as a document words it: (document, words)."""
    yield README, f"for {rules.LIFETIME // 60} minutes and {WORDS[rules.MAX_ATTEMPTS]} guesses"
    yield README, f"at most {rules.guesses_per_day()} guesses a day"
    yield SECURITY, f"an address allows {rules.guesses_per_day()} in any 24 hours"
    yield SECURITY, f"The {WORDS[rules.MAX_ATTEMPTS]} attempts of a code"


@pytest.mark.parametrize(("document", "words"), list(limits()), ids=[words for _, words in limits()])
def test_a_limit_matches_the_code(document, words):
    assert words in document
