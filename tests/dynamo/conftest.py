"""Fixtures: the test models' tables, in the embedded AWS or in DynamoDB Local as well."""

from collections.abc import Iterator

import pytest

from otp.dynamo.client import client
from otp.dynamo.testing import clear_tables, make_tables

from .events import event, write
from .models import Event, Kept, Line, Note, Reading, Session

MODELS = (Note, Event, Line, Session, Reading, Kept)


@pytest.fixture
def installed(settings) -> None:
    """The test models' app among the installed ones."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.dynamo"]


@pytest.fixture(scope="session")
def moto_tables(embedded_aws: str) -> None:
    make_tables(*MODELS)


@pytest.fixture
def tables(moto_tables: None) -> None:
    """The tables, empty, in the embedded AWS."""


@pytest.fixture
def local_tables(dynamodb_local_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tables, empty, in DynamoDB Local; those of the site aren't there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local_url)
    client.cache_clear()
    if set(client().list_tables()["TableNames"]).issuperset(model._meta.db_table for model in MODELS):
        clear_tables(*MODELS)
    else:
        make_tables(*MODELS)
    yield
    client.cache_clear()


@pytest.fixture(params=["moto", pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local)])
def everywhere(request: pytest.FixtureRequest) -> str:
    """The tables, empty, in the embedded AWS and then in DynamoDB Local: for what only the real thing decides."""
    request.getfixturevalue("moto_tables" if request.param == "moto" else "local_tables")
    return request.param


@pytest.fixture
def ann(everywhere: str) -> list[Event]:
    """Ann's ten events, hour by hour; two of Bob's."""
    return write(*[event(number) for number in range(10)], *[event(n, person="bob") for n in (20, 21)])
