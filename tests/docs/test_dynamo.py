"""otp/dynamo/README.md names everything that the layer offers. `tests/dynamo/test_readme.py` runs its examples."""

import inspect
import re
from pathlib import Path

import pytest

import otp.dynamo
from otp.dynamo import expressions, fields, indexes, keys, operations, testing
from otp.dynamo.client import ConditionFailed, OutcomeUnknown, TransactionRefused
from otp.dynamo.paging import InvalidCursor

ROOM = Path(otp.dynamo.__file__).parent
DOCUMENT = (ROOM / "README.md").read_text("utf-8")
BASES = {"CollectionField", "Operation", "Expression", "Access"}  # base classes, and names that only otp.dynamo uses
ERRORS = {each.__name__ for each in (ConditionFailed, TransactionRefused, OutcomeUnknown, InvalidCursor)}
FUNCTIONS = {"transact", "batch_get", "batch_put", "make_tables", "clear_tables", "counted_requests"}


def offered():
    """Every name that an application uses: fields, operations, changes, settings, errors and helpers for tests."""
    for module in (fields, keys, indexes, operations, expressions, testing):
        for name, value in vars(module).items():
            own = inspect.isclass(value) and value.__module__ == module.__name__ and not name.startswith("_")
            if own and name not in BASES and not name.endswith("FormField"):
                yield name
    yield from FUNCTIONS
    yield from re.findall(r"DYNAMO_[A-Z_]+", "".join(file.read_text("utf-8") for file in ROOM.rglob("*.py")))


def names():
    return {*offered(), *ERRORS}


def unnamed(text):
    return {name for name in names() if not re.search(rf"\b{name}\b", text)}


def test_everything_that_is_offered_is_named():
    assert {"Update", "EpochField", "DynamoTestCase", "ConditionFailed", "DYNAMO_TIMEOUT", "Index"} <= names()
    assert unnamed(DOCUMENT) == set()


@pytest.mark.parametrize("name", sorted(names()))
def test_without_its_name_it_would_be_missed(name):
    assert unnamed(re.sub(rf"\b{name}\b", "", DOCUMENT)) == {name}
