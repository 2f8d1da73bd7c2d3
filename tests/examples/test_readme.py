"""The examples are listed, short, and their requirements are what they import."""

import re
import sys

import pytest

from tests.examples.conftest import EXAMPLES

PROGRAMS = [each for each in EXAMPLES.rglob("*") if each.suffix in (".py", ".js", ".html")]
SHORT = [each for each in PROGRAMS if not {"node_modules", ".next", "brand", "original"} & set(each.parts)]


def test_every_example_is_in_the_readme():
    listed = re.findall(r"^\| \[([\w.]+)\]", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    present = {each.name for each in EXAMPLES.iterdir()} - {"README.md", "__pycache__"}
    assert sorted(listed) == sorted(present)


@pytest.mark.parametrize("file", SHORT, ids=lambda file: file.relative_to(EXAMPLES).as_posix())
def test_an_example_is_short(file):
    assert len(file.read_text().splitlines()) < 100


@pytest.mark.parametrize("name", ["fastapi_service/service.py", "api_gateway_authorizer/authorizer.py"])
def test_the_requirements_are_what_is_imported_and_started(name):
    file = EXAMPLES / name
    imported = set(re.findall(r"^(?:import|from) (\w+)", file.read_text(), re.MULTILINE)) - sys.stdlib_module_names
    started = {"uvicorn"} if "uvicorn " in file.read_text() else set()
    wanted = {"pyjwt[crypto]" if each == "jwt" else each for each in imported | started}
    assert set(file.with_name("requirements.txt").read_text().split()) == wanted
