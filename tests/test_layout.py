"""The source files: none is too long, and test modules take no helpers from each other."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 250  # lines
SOURCES = [
    *ROOT.glob("*.py"),
    *(
        file
        for folder in ROOT.iterdir()
        if folder.is_dir() and not folder.name.startswith(".") and folder.name != "build"
        for file in folder.rglob("*.py")
    ),
]


def too_long(texts):
    """The number of lines of each file that is too long, by name. `texts` maps names to contents."""
    lengths = {name: len(text.splitlines()) for name, text in texts.items()}
    return {name: lines for name, lines in lengths.items() if lines > LONGEST}


def test_no_file_is_too_long():
    assert len(SOURCES) > 300
    assert too_long({file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in SOURCES}) == {}


def test_a_file_with_one_line_too_many_is_found():
    assert too_long({"long.py": "\n" * 251, "short.py": "\n" * 250}) == {"long.py": 251}


def borrowed(text):
    """The test modules that a source imports names from. Importing a whole one, to register its tests, is fine."""
    modules = [node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    return [module for module in modules if any(part.startswith("test_") for part in module.split("."))]


@pytest.mark.parametrize("line", ["from tests.test_rules import NOW", "from .test_rules import NOW"])
def test_a_helper_from_a_test_module_is_found(line):
    assert len(borrowed(line)) == 1


@pytest.mark.slow
def test_test_modules_take_no_helpers_from_each_other():
    found = {file.relative_to(ROOT).as_posix(): borrowed(file.read_text("utf-8")) for file in SOURCES}
    assert {file: modules for file, modules in found.items() if modules} == {}
