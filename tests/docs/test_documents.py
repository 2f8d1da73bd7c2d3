"""Whatever a document names exists, and docs/architecture.md lists the modules and tables of the code."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands
from django.dispatch import Signal

from otp import signals
from tests.support import error_codes
from tests.support.error_codes import ROOT

TOP = ROOT.parent
ARCHITECTURE = (TOP / "docs" / "architecture.md").read_text("utf-8")
EXAMPLES = [*(TOP / "examples").glob("*.md"), *(TOP / "examples").glob("*/*.md")]  # not those of npm packages
DOCUMENTS = [*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md"), *ROOT.rglob("*.md"), *EXAMPLES]


def test_every_check_named_in_a_document_exists():
    named = re.findall(r"\botp\.[EWI]\d{3}\b", "".join(each.read_text("utf-8") for each in DOCUMENTS))
    assert set(named) <= set(error_codes.check_ids())


def anchors(document):
    """The anchor of each heading, as GitHub makes it."""
    headings = re.findall(r"^#+ (.*)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.relative_to(TOP).as_posix())
def test_every_internal_link_works(document):
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def modules():
    """The modules of otp by the names used in the document: `signin/send.py`, or `dynamo/` for a whole package."""
    alone = {"dynamo", "admin", "local", "management", "openapi"}  # packages that are named without their modules
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).parts
        inside = next((n for n, part in enumerate(parts[:-1], 1) if part in alone), None)
        if inside:
            yield "/".join(parts[:inside]) + "/"
        elif path.name != "__init__.py":
            yield "/".join(parts)


def unnamed(text):
    """The modules that are in no row of a table."""
    cells = " ".join(re.findall(r"^\| (.*?) \|", text, re.MULTILINE))
    return set(modules()) - set(re.findall(r"`([^`]+)`", cells))


def test_every_module_is_in_the_architecture():
    assert unnamed(ARCHITECTURE) == set(), "docs/architecture.md needs a row for each of these"


@pytest.mark.parametrize("module", sorted(set(modules())))
def test_without_its_row_a_module_would_be_missed(module):
    assert module in unnamed(ARCHITECTURE.replace(f"`{module}`", ""))


def test_every_module_in_the_architecture_exists():
    cells = " ".join(re.findall(r"^\| (.*?) \|", ARCHITECTURE, re.MULTILINE))
    named = [name for name in re.findall(r"`([^`]+)`", cells) if name.endswith((".py", "/"))]
    assert [name for name in named if not ((ROOT / name).exists() or (TOP / name).exists())] == []


def test_the_tables_are_those_of_the_code():
    tables = {model._meta.db_table for model in apps.get_app_config("otp").get_models()}
    assert set(re.findall(r"^\| `(otp_\w+)` \|", ARCHITECTURE, re.MULTILINE)) == tables


def test_the_project_s_version_is_dated_in_the_changelog():
    version = re.search(r'^version = "(.*)"$', (TOP / "pyproject.toml").read_text("utf-8"), re.MULTILINE)[1]
    assert re.search(rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d$", (TOP / "CHANGELOG.md").read_text("utf-8"), re.M)


def test_every_path_of_a_module_in_a_document_exists():
    """Applies to everything that looks like a file of otp."""
    for document in DOCUMENTS:
        for name in re.findall(r"`(otp/[\w/]+\.py)`", document.read_text("utf-8")):
            assert Path(TOP / name).exists(), (document.name, name)


def test_only_the_deployment_guide_names_prices():
    priced = [each.name for each in DOCUMENTS if re.search(r"\$\d|US dollars|\bcents\b", each.read_text("utf-8"))]
    assert set(priced) <= {"deploy.md", "aws.md"}


CODE = re.compile(r"`([^`\n]+)`|^ {4}(.+)$|^(make .+)$", re.MULTILINE)  # not "make sure" in a sentence


def code(text):
    return "\n".join("".join(found) for found in CODE.findall(text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.relative_to(TOP).as_posix())
def test_every_command_in_a_document_exists(document):
    written = code(document.read_text("utf-8"))
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", written)) <= targets
    assert set(re.findall(r"\bmanage\.py ([a-z_]+)", written)) <= set(get_commands())


def test_the_signals_are_those_of_the_code():
    """Except `decided`, which is for counting and isn't promised."""
    named = re.findall(r"^\| `(\w+)` \| .* \|.*\|$", (TOP / "docs" / "beyond-mail.md").read_text("utf-8"), re.MULTILINE)
    declared = [name for name, value in vars(signals).items() if isinstance(value, Signal)]
    assert {*named} - {"open", "closed"} == {*declared} - {"decided"}


def test_every_template_in_the_guide_to_brands_exists():
    rows = re.findall(r"^\| .* \|$", (TOP / "docs" / "branding.md").read_text("utf-8"), re.MULTILINE)
    named = [name.removeprefix("templates/") for row in rows for name in re.findall(r"`([\w/]+\.(?:html|txt))`", row)]
    assert len(named) > 15
    assert [name for name in named if not (TOP / "templates" / name).exists()] == []
