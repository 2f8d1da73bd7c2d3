"""For the tests of an application: empty tables before each test, and counted requests.

class OrderTests(DynamoTestCase):
    def test_an_order_is_one_write(self):
        with self.assertRequests(1):
            Order.objects.create(number="A1")
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.db import models
from django.test import SimpleTestCase

from . import batches
from .client import call, client, request_made, table
from .keys import key_fields, key_in
from .models import Model
from .reading import projection
from .schema import differences

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def tables() -> list[type[Model]]:
    """Every installed model of this layer, one per table."""
    return [model for model in apps.get_models() if issubclass(model, Model) and not model._meta.proxy]


def make_tables(*wanted: type[models.Model]) -> None:
    """Create or complete the tables of these models, by default of all. What would destroy data is left."""
    _only_here()
    for model in wanted or tables():
        for difference in differences(model):
            if difference.fix:
                difference.fix()


def clear_tables(*wanted: type[models.Model]) -> None:
    """Delete all items of these models' tables, or of all: one request per table, and one more per 25 items."""
    _only_here()
    for model in wanted or tables():
        keys = [key_in(model, item) for item in _scan(model)]
        for start in range(0, len(keys), batches.WRITES):
            deletes = [{"DeleteRequest": {"Key": key}} for key in keys[start : start + batches.WRITES]]
            batches.write({table(model): deletes})


def _scan(model: type[models.Model]) -> Iterator[dict[str, Any]]:
    request = {"TableName": table(model), "ConsistentRead": True, **projection(model, key_fields(model))}
    while True:
        response = call("scan", **request)
        yield from response["Items"]
        if "LastEvaluatedKey" not in response:
            return
        request["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def _only_here() -> None:
    """Raises RuntimeError unless DynamoDB is on this machine, so that no test empties a real table."""
    host = urlsplit(client().meta.endpoint_url).hostname
    if host not in LOOPBACK:
        raise RuntimeError(f"tests run on a DynamoDB of this machine, not on {host}: set AWS_ENDPOINT_URL_DYNAMODB")


@contextmanager
def counted_requests() -> Iterator[list[str]]:
    """Yields a list that each request's operation is appended to, such as `get_item`."""
    seen: list[str] = []

    def note(operation: str, **kwargs: Any) -> None:
        seen.append(operation)

    request_made.connect(note, weak=False)
    try:
        yield seen
    finally:
        request_made.disconnect(note)


class DynamoTestCase(SimpleTestCase):
    """Django's test case for models of this layer. Their tables are empty when a test begins.

    Django's `TestCase` rolls a transaction back instead, which DynamoDB doesn't have. `tables` are the models that the
    tests use; by default all.
    """

    databases = "__all__"
    tables: Sequence[type[models.Model]] = ()

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        make_tables(*cls.tables)

    def _pre_setup(self) -> None:  # before `setUp`, which a test overrides
        super()._pre_setup()
        clear_tables(*self.tables)

    @contextmanager
    def assertRequests(self, count: int) -> Iterator[list[str]]:  # noqa: N802 - as assertNumQueries
        with counted_requests() as seen:
            yield seen
        if len(seen) != count:
            self.fail(f"{len(seen)} requests instead of {count}: {', '.join(seen) or 'none'}")
