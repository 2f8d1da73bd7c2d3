"""Fixtures: the test models' tables, in the embedded AWS or in DynamoDB Local as well."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps

from otp.dynamo.client import client
from otp.dynamo.operations import Put, batch_put, get
from otp.dynamo.testing import clear_tables, make_tables
from tests.support.clients import forget_dynamodb_client

from .events import at, event, write
from .models import Event, Kept, Line, Note, Reading, Session
from .sessions import session

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
def new_client() -> Iterator[None]:
    """The client of DynamoDB is made anew in this test, and after it."""
    forget_dynamodb_client()
    yield
    forget_dynamodb_client()


@pytest.fixture
def local_tables(dynamodb_local_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tables, empty, in DynamoDB Local; those of the site aren't there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local_url)
    forget_dynamodb_client()
    if set(client().list_tables()["TableNames"]).issuperset(model._meta.db_table for model in MODELS):
        clear_tables(*MODELS)
    else:
        make_tables(*MODELS)
    yield
    forget_dynamodb_client()


@pytest.fixture(params=["moto", pytest.param("dynamodb_local", marks=pytest.mark.dynamodb_local)])
def everywhere(request: pytest.FixtureRequest) -> str:
    """The tables, empty, in the embedded AWS and then in DynamoDB Local: for what only the real thing decides."""
    request.getfixturevalue("moto_tables" if request.param == "moto" else "local_tables")
    return request.param


@pytest.fixture
def ann(everywhere: str) -> list[Event]:
    """Ann's ten events, hour by hour; two of Bob's."""
    return write(*[event(number) for number in range(10)], *[event(n, person="bob") for n in (20, 21)])


@pytest.fixture
def tied(everywhere: str) -> Any:
    """Six of Ann's events, two an hour."""
    write(*[event(number, at=at(number // 2)) for number in (3, 1, 0, 2, 5, 4)])
    return Event.objects.filter(person="ann")


@pytest.fixture
def kept(everywhere: str) -> Callable[..., Kept]:
    """Writes a Kept and reads it again."""

    def write_and_read(**values: Any) -> Kept:
        Put(Kept(**{"key": "a", **values})).run()
        return get(Kept, "a")

    return write_and_read


@pytest.fixture
def three(everywhere: str) -> None:
    """Ann's two sessions and Bob's one."""
    batch_put(session(), session(sid="s2", made_at=at(1)), session("bob", made_at=at(2)))


@pytest.fixture
def forgotten() -> Iterator[None]:
    """The models that a test declares are gone afterwards."""
    yield
    apps.all_models.pop("declared", None)
    apps.clear_cache()
