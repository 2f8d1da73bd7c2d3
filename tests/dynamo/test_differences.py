"""The table of what differs from Django on SQL: each row has a test that names it, and the other way round."""

import re
from pathlib import Path

import otp.dynamo

from . import test_differences_reading, test_differences_writing
from .differences import tests

DOCUMENT = (Path(otp.dynamo.__file__).parent / "DIFFERENCES.md").read_text("utf-8")


def rows(text):
    """The first cell of each row of the table."""
    return re.findall(r"^\| (?!here )(\S.*?) \| .+ \|$", text, re.MULTILINE)


def unmatched(text, named):
    return set(rows(text)) ^ set(named)


def test_each_row_has_its_test_and_each_test_its_row():
    assert unmatched(DOCUMENT, tests) == set()
    assert len(rows(DOCUMENT)) == len(set(tests.values())) > 15
    collected = {**vars(test_differences_reading), **vars(test_differences_writing)}
    assert [name for name in tests.values() if not (name.startswith("test_") and name in collected)] == []


def test_a_missing_row_or_test_is_noticed():
    for cell in rows(DOCUMENT):
        without = "\n".join(line for line in DOCUMENT.splitlines() if not line.startswith(f"| {cell} |"))
        assert unmatched(without, tests) == {cell}
        assert unmatched(DOCUMENT, set(tests) - {cell}) == {cell}
