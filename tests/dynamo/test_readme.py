"""The examples of the README run, and do what it says."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import F, Q

import otp.dynamo
from otp.dynamo.expressions import Add, Append, IfMissing
from otp.dynamo.operations import Check, Put, Update, batch_get, batch_put, transact
from otp.dynamo.schema import differences

from .events import DAY

README = (Path(otp.dynamo.__file__).parent / "README.md").read_text()
DECLARE, COMPOSITE, SESSIONS, WRITE, READ, EXPLAIN, PAGES, OPERATIONS = re.findall(
    r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE
)

shop: dict = {"__name__": "shop"}
exec(DECLARE + COMPOSITE, shop)  # once: Django warns of a model that is declared again
Order, Session = shop["Order"], shop["Session"]


@pytest.fixture(scope="module")
def table(embedded_aws):
    for difference in [*differences(Order), *differences(Session)]:
        difference.fix()


@pytest.fixture
def run(table):
    """Run a piece of the README: its names afterwards."""
    names = {
        each.__name__: each for each in (Add, Append, Check, Decimal, F, IfMissing, Order, Put, Q, Session, Update)
    }
    names |= {"batch_get": batch_get, "batch_put": batch_put, "transact": transact}
    names |= {"now": DAY, "monday": DAY - timedelta(days=6), "sunday": DAY + timedelta(days=1)}

    def run(code):
        exec(code, names)
        return names

    return run


def test_keys_of_two_fields(run, requests_log):
    run(SESSIONS)
    assert Session.objects.get(pk="ann s1").agent == "cli"
    created, *gets = requests_log.operations[:4]
    assert (created, gets) == ("PutItem", ["GetItem"] * 3)
    assert list(Session.objects.filter(subject="ann").order_by("-sid")) == [Session(pk="ann s1")]


def test_writes(run):
    run(WRITE)
    order = Order.objects.get(pk="A1")
    assert (order.state, order.revision, order.notes) == ("sent", 1, ["left at the door"])


def test_reads(run):
    run(WRITE)
    for line in READ.splitlines():
        found = run(f"found = {line}")["found"]
        assert [each.pk for each in (found if "get(" not in line else [found])] == ["A1"]


def test_explain():
    query, *plan = EXPLAIN.splitlines()
    expression = query.removeprefix(">>> print(").removesuffix(")")
    assert eval(expression, {"Order": Order}).splitlines() == plan


def test_pages(run):
    batch_put(*[Order(number=f"A{n}", customer="ann", total=n, placed_at=DAY + timedelta(hours=n)) for n in range(5)])
    shown = [[order.pk for order in run(code)["page"].items] for code in (PAGES[: PAGES.rindex("page =")], PAGES)]
    assert shown == [["A2", "A1"], ["A4", "A3"]]


def test_operations_of_dynamodb(run):
    run(WRITE)
    names = run(OPERATIONS)
    assert (names["first"].revision, names["first"].labels, names["second"].pk) == (2, {"split"}, "A2")
