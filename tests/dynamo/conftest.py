"""Fixtures: the test models' tables, in the embedded AWS or in DynamoDB Local as well."""

from collections.abc import Iterator

import pytest

from otp.dynamo.client import client
from otp.dynamo.schema import differences

from .events import event, write
from .models import Event, Line, Note


def make_tables() -> None:
    for model in (Note, Event, Line):
        for difference in differences(model):
            difference.mend()


@pytest.fixture
def installed(settings) -> None:
    """The test models' app among the installed ones."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.dynamo"]


@pytest.fixture(scope="session")
def moto_tables(embedded_aws: str) -> None:
    make_tables()


@pytest.fixture
def tables(moto_tables: None) -> None:
    """The tables, empty, in the embedded AWS."""


@pytest.fixture(params=["moto", pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local)])
def everywhere(request: pytest.FixtureRequest) -> Iterator[str]:
    """The tables, empty, in the embedded AWS and then in DynamoDB Local: for what only the real thing decides."""
    if request.param == "moto":
        request.getfixturevalue("moto_tables")
    else:
        request.getfixturevalue("dynamodb_local")
        make_tables()
    yield request.param
    client()


@pytest.fixture
def ann(everywhere: str) -> list[Event]:
    """Ann's ten events, hour by hour; two of Bob's."""
    return write(*[event(number) for number in range(10)], *[event(n, person="bob") for n in (20, 21)])
