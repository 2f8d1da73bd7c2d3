"""docs/provider.md: its snippets are lines of the applications that the tests run, and its table lists every member."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from otp.oidc.clients import Client

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "provider.md").read_text("utf-8")
SNIPPETS = re.findall(r"\[[\w.-]+\]\(([^)]+)\):\n\n```\w+\n(.+?)```", TEXT, re.DOTALL)
NEXT = ("import NextAuth", "export const { handlers", "});", "const {")  # lines that Express has otherwise


def lines(text):
    return {line.strip().rstrip(",") for line in text.splitlines()} - {""}


def test_every_snippet_names_the_file_that_it_is_from():
    assert len(SNIPPETS) == TEXT.count("```js") + TEXT.count("```python") == 3


@pytest.mark.parametrize(("file", "snippet"), SNIPPETS, ids=[Path(file).name for file, _ in SNIPPETS])
def test_a_snippet_is_of_a_file_that_is_run(file, snippet):
    missing = lines(snippet) - lines((DOCS / file).read_text("utf-8"))
    assert [line for line in missing if not line.startswith(NEXT)] == []


def test_each_member_of_a_client_is_in_the_table():
    table = TEXT.partition("## Members of a client")[2].partition("## ")[0]
    names = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)))
    assert sorted(names) == sorted(each.name for each in fields(Client))


def test_every_client_that_is_run_is_listed():
    run = {f"../tests/oidc/clients/{each.name}" for each in (DOCS / "../tests/oidc/clients").glob("*.*")}
    listed = set(re.findall(r"\((../tests/oidc/clients/[^)]+)\)", TEXT))
    assert listed == {name for name in run if not name.endswith(".json")}
