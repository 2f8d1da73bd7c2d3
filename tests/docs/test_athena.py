"""The table and the queries of docs/scale.md use attributes and outcomes that the log has."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from otp.dynamo.operations import to_item
from otp.models import LogEntry
from otp.outcomes import SUCCESSES, Outcome
from tests.support.entries import entry

BLOCKS = re.findall(r"```sql\n(.+?)```", (Path(__file__).parents[2] / "docs" / "scale.md").read_text(), re.DOTALL)
NOW = datetime(2033, 5, 18, tzinfo=UTC)


def test_each_column_is_an_attribute_of_an_entry_with_its_type():
    item = to_item(entry(NOW, Outcome.SIGNED_IN, took=7))
    columns = dict(re.findall(r"(\w+): struct<(\w): string>", BLOCKS[0]))
    assert columns == {name: next(iter(item[name])).lower() for name in columns}
    assert {"created_at", "outcome", "address", "took"} <= columns.keys()


@pytest.mark.parametrize("query", BLOCKS[1:])
def test_each_query_reads_columns_of_that_table(query):
    columns = set(re.findall(r"(\w+: struct<\w)", BLOCKS[0]))
    used = re.findall(r"item\.(\w+)\.(\w)", query)
    assert used
    assert {f"{name}: struct<{kind}" for name, kind in used} <= columns


def test_the_outcomes_that_they_name_exist():
    named = {word for query in BLOCKS[1:] for word in re.findall(r"'(\w+)'", query)}
    assert named == SUCCESSES


def test_times_have_the_format_that_the_queries_expect():
    stored = to_item(entry(NOW))["created_at"]["S"]
    assert (stored[:10], stored[:13]) == ("2033-05-18", "2033-05-18T00")
    assert LogEntry._meta.db_table in BLOCKS[0]
