"""Fixtures: the embedded AWS, its requests and mails, and the site as `make run` serves it."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any

import botocore.session
import pytest
from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware

from otp.dynamo.client import client
from otp.local import embedded, suppression_list
from otp.local.inbox import Mail, mails
from otp.local.management.commands.runlocal import serve
from otp.signin import budgets
from otpsite import settings as site
from tests.support.timeouts import TIMEOUT


@pytest.fixture(scope="session", autouse=True)
def one_loader() -> Iterator[None]:
    """Share the service models that botocore has read among all clients: reading them takes a tenth of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", functools.cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    """Share the static files that WhiteNoise has found among all test clients: each would look for them again."""
    found: dict[str, dict[str, Any]] = {}

    def add_files(middleware: Any) -> None:
        if middleware.static_prefix not in found:
            real(middleware)
            found[middleware.static_prefix] = dict(middleware.files)
        middleware.files.update(found[middleware.static_prefix])

    real = WhiteNoiseMiddleware.add_files_from_finders
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_files)
        yield


@pytest.fixture(autouse=True)
def clean_aws(embedded_aws: str) -> Iterator[None]:
    """Delete all items and messages after each test."""
    yield
    empty()


def empty() -> None:
    """Delete all items and messages in moto's memory, which is quicker than a request for each."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.dynamodb.models import dynamodb_backends

    embedded.ses().sent_messages.clear()
    embedded.sns().sms_messages.clear()
    suppression_list.ADDRESSES.clear()
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][settings.AWS_SES_REGION_NAME].tables.values():
        table.items.clear()


@pytest.fixture(autouse=True)
def real_mail(settings: Any) -> None:
    """Send mail to the embedded SES. pytest-django would keep it in memory."""
    if hasattr(site, "MAILERS"):
        settings.MAILERS = site.MAILERS
    else:
        settings.EMAIL_BACKEND = site.EMAIL_BACKEND


@pytest.fixture
def inbox() -> Callable[[], list[Mail]]:
    """A function that returns all mails of this test, newest first."""
    return mails


@dataclass
class RequestsLog:
    """The requests to DynamoDB in order, as (operation, parameters)."""

    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.requests]

    def record(self, model: Any, params: dict[str, Any], **kwargs: Any) -> None:
        self.requests.append((model.name, params))

    def clear(self) -> None:
        self.requests.clear()


@pytest.fixture
def requests_log() -> Iterator[RequestsLog]:
    """Records the requests of the project's DynamoDB client; `clear()` starts again."""
    log, event = RequestsLog(), "provide-client-params.dynamodb.*"
    events = client().meta.events
    events.register(event, log.record)
    yield log
    events.unregister(event, log.record)


@pytest.fixture(scope="session")
def live_site(embedded_aws: str) -> Iterator[str]:
    """The URL of a running site, without a trailing slash."""
    listener = embedded.listen(0)
    server = serve(listener)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.task_dispatcher.shutdown()


@pytest.fixture
def all_read_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make twenty parallel sends all read the budgets before the first of them writes, which is the worst case."""
    barrier, read = Barrier(20), budgets.read

    def read_and_wait(*args: Any) -> Any:
        found = read(*args)
        barrier.wait(timeout=TIMEOUT)
        return found

    monkeypatch.setattr(budgets, "read", read_and_wait)
