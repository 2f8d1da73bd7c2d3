"""Fixtures of all tests: local mode with an embedded AWS."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.utils import translation

from otp.local import embedded
from tests.support.settings import LISTENER

pytest_plugins = [
    "tests.support.aws",
    "tests.support.entries",
    "tests.support.clock",
    "tests.support.live",
    "tests.support.fuzz",
    "tests.support.dynamodb_local",
    "tests.support.browser",
    "tests.support.policy",
    "tests.support.sns",
    "tests.support.stored",
]


def pytest_unconfigure() -> None:
    """Free the port if no test used the embedded AWS, as in the main process of a parallel run."""
    LISTENER.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the tests that take minutes first, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: {"contract", "thorough"}.isdisjoint(mark.name for mark in item.iter_markers()))


@pytest.fixture(scope="session")
def embedded_aws() -> Iterator[str]:
    """Start the embedded AWS with the project's tables. Yields its URL."""
    from django.core.management import call_command

    server = embedded.start(LISTENER)
    call_command("dynamo_sync", stdout=StringIO())
    yield embedded.url()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def english() -> None:
    """Start each test in English, whatever the language of the last request before it."""
    translation.activate("en")
