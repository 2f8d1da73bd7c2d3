"""docs/api.md lists every response of the API under its status."""

import re

import pytest

from tests.support import error_codes
from tests.support.error_codes import ROOT

DOCUMENT = (ROOT.parent / "docs" / "api.md").read_text("utf-8")


def answers():
    """All codes of the API as (code, status)."""
    return {*error_codes.refusals().items(), *((word, 200) for word in error_codes.DONE)}


def unwritten(text):
    """The responses that are in no row of the table."""
    rows = re.findall(r"^\| ([\d ]+) \| (.*?) \| .* \|$", text, re.MULTILINE)
    written = {(word, int(status)) for statuses, cell in rows for status in statuses.split() for word in cell.split()}
    return {(word, status) for word, status in answers() if (f"`{word}`", status) not in written}


def test_every_response_of_the_api_is_in_the_document():
    assert unwritten(DOCUMENT) == set()


@pytest.mark.parametrize("answer", sorted(answers()), ids=str)
def test_a_missing_word_would_be_found(answer):
    word, _ = answer
    assert unwritten(DOCUMENT.replace(f"`{word}`", "")) == {answer}


def test_a_missing_row_would_be_found():
    rows = re.findall(r"^\| \d.*\n", DOCUMENT, re.MULTILINE)
    assert len(rows) > 10
    assert [row for row in rows if not unwritten(DOCUMENT.replace(row, ""))] == []
