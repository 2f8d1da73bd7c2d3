"""Fixtures of all tests: local mode with an embedded AWS."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.utils import translation

from otp.local import embedded
from tests.support.network import without_network
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
    """Start the tests that take minutes first, half of them on each of two workers: each gets one half of the list."""
    longest = [item for item in items if item.get_closest_marker("timeout")]
    others = [item for item in items if not item.get_closest_marker("timeout")]
    others.sort(key=lambda item: "thorough" not in item.keywords)
    middle = max(len(items) // 2 - len(longest[::2]), 0)
    items[:] = [*longest[::2], *others[:middle], *longest[1::2], *others[middle:]]


@pytest.fixture(scope="session")
def embedded_aws() -> Iterator[str]:
    """Start the embedded AWS with the project's tables. Yields its URL.

    It listens for other processes. Requests of this one skip the network, which would take half of their time.
    """
    from django.core.management import call_command

    server = embedded.start(LISTENER)
    with without_network(server.app):
        call_command("dynamo_sync", stdout=StringIO())
        yield embedded.url()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def english() -> None:
    """Start each test in English, whatever the language of the last request before it."""
    translation.activate("en")
