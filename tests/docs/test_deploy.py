"""docs/deploy.md has the settings and the figures of the code."""

import re

import pytest

from deploy import gateway
from deploy.stack import LOG_DAYS
from deploy.stage import ROOT, Stage

DOCUMENT = (ROOT / "docs" / "deploy.md").read_text("utf-8")
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def settings():
    """The settings that differ between sites: the environment of the function, and where it is deployed."""
    environment = Stage.load("prod").environment.keys() - {"OTP_SECRETS_PARAMETER"}
    return {"aws_region", "s3_bucket", "domain", "runtime", "architecture", "lambda_concurrency", *environment}


def unlisted(text):
    """The settings that have no row."""
    return settings() - set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def test_every_setting_of_a_site_is_in_the_table():
    assert unlisted(DOCUMENT) == set()


@pytest.mark.parametrize("setting", sorted(settings()))
def test_without_its_row_a_setting_would_be_missed(setting):
    assert unlisted(re.sub(rf"^\| `{setting}` .*\n", "", DOCUMENT, flags=re.MULTILINE)) == {setting}


def figures():
    """The figures, each as the document words it."""
    stage = Stage.load("prod")
    return {
        f"Lambda's limit is {stage.settings['timeout_seconds']} s",
        f"`memory_size` is {stage.settings['memory_size']}",
        f"{gateway.RATE} requests a second and bursts of {gateway.BURST}",
        f"Kept for {LOG_DAYS} days",
        f"{WORDS[stage.settings['num_retained_versions']]} are kept",
    }


def unwritten(text):
    words = " ".join(text.split())
    return {figure for figure in figures() if figure not in words}


def test_every_figure_matches_the_code():
    assert unwritten(DOCUMENT) == set()


@pytest.mark.parametrize("figure", sorted(figures()))
def test_another_figure_would_be_found(figure):
    assert unwritten(" ".join(DOCUMENT.split()).replace(figure, "")) == {figure}


def outside_the_bill(text):
    """What a document says without the tables that `bench.bill` prints."""
    return re.sub(r"<!-- bill: .*?<!-- /bill -->", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", [*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md"], ids=lambda path: path.name)
def test_every_price_is_one_that_was_computed(path):
    assert re.findall(r"\$\s?\d|USD|US dollars|\d cents", outside_the_bill(path.read_text("utf-8"))) == []
