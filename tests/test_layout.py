"""Test modules import no test modules: helpers are in `tests/support`."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def imports_of_test_modules(text):
    """The imports of a source that name a test module."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ImportFrom(module=module, names=names):
                found = [f"{module}.{each.name}" for each in names]
            case ast.Import(names=names):
                found = [each.name for each in names]
            case _:
                continue
        yield from (name for name in found if any(part.startswith("test_") for part in name.split(".")))


@pytest.mark.parametrize(
    "line",
    [
        "import tests.test_rules",
        "from tests import test_rules",
        "from .test_rules import NOW",
        "from . import test_rules",
    ],
)
def test_an_import_of_a_test_module_is_seen(line):
    assert len(list(imports_of_test_modules(line))) == 1


def test_no_test_module_imports_another():
    modules = (ROOT / "tests").rglob("*.py")
    found = {file.relative_to(ROOT).as_posix(): [*imports_of_test_modules(file.read_text("utf-8"))] for file in modules}
    assert {file: names for file, names in found.items() if names} == {}
