"""The README's table of what differs from Django on SQL: each row has a test that names it, and the other way round."""

import re
from pathlib import Path

import otp.dynamo

from . import test_differences_reading, test_differences_writing
from .differences import tests

README = (Path(otp.dynamo.__file__).parent / "README.md").read_text("utf-8")


def rows(text):
    """The first cell of each row of the table."""
    table = text.partition("## What differs from SQL\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| (?!here )(\S.*?) \| .+ \|$", table, re.MULTILINE)


def unmatched(text, named):
    return set(rows(text)) ^ set(named)


def test_each_row_has_its_test_and_each_test_its_row():
    assert unmatched(README, tests) == set()
    assert len(rows(README)) == len(set(tests.values())) > 15
    collected = {**vars(test_differences_reading), **vars(test_differences_writing)}
    assert [name for name in tests.values() if not (name.startswith("test_") and name in collected)] == []


def test_a_missing_row_or_test_is_noticed():
    for cell in rows(README):
        without = "\n".join(line for line in README.splitlines() if not line.startswith(f"| {cell} |"))
        assert unmatched(without, tests) == {cell}
        assert unmatched(README, set(tests) - {cell}) == {cell}
