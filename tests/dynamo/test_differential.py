"""The layer against stock Django on SQLite: where it answers, the answers are equal.

DIFFERENTIAL_QUERIES says how many queries, 5,000 where CI requires every tier and 200 elsewhere. One seed is fixed and
one changes: DIFFERENTIAL_SEED repeats what was printed. Hypothesis shrinks what fails.
"""

import os
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import F, Max, Min, Q
from django.db.utils import NotSupportedError
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as some

from otp.dynamo.operations import batch_put
from otp.dynamo.testing import clear_tables, make_tables

from .sqlite import Pair, StockThing, Thing, sqlite

QUERIES = int(os.environ.get("DIFFERENTIAL_QUERIES", "5000" if os.environ.get("CI_TIERS") == "required" else "200"))
SEEDS = [1, int(os.environ.get("DIFFERENTIAL_SEED", random.SystemRandom().randrange(10**9)))]
BATCH = 25  # queries on the same items
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.dynamodb_local

WORDS = ["a", "ab", "abc", "b", "B", "é", "a%", "a_", "Ab"]
PEOPLE = ["ann", "bob", "eve"]
VALUES = {
    "id": some.sampled_from([f"{n:02}" for n in range(10)]),
    "person": some.sampled_from(PEOPLE),
    "number": some.integers(-2, 3),
    "word": some.sampled_from(WORDS),
    "size": some.integers(-1, 2),
    "price": some.sampled_from([Decimal(n) / 4 for n in range(-3, 6)]),
    "on": some.booleans(),
    "at": some.integers(0, 4).map(lambda hours: NOON + timedelta(hours=hours)),
}
NULLABLE = ["word", "size"]
rows = some.fixed_dictionaries(
    {name: some.none() | VALUES[name] if name in NULLABLE else VALUES[name] for name in VALUES if name != "id"}
)
items = some.lists(rows, max_size=10).map(lambda found: [{"id": f"{n:02}", **row} for n, row in enumerate(found)])


@some.composite
def leaves(draw):
    name = draw(some.sampled_from([*VALUES, "person", "word", "id"]))
    value = VALUES[name]
    kinds = ["exact", "in", "lt", "lte", "gt", "gte", "range", "isnull", "F"]
    if name in ("person", "word", "id"):
        kinds += ["startswith", "contains"]
    match draw(some.sampled_from(kinds)):
        case "isnull":
            return Q((f"{name}__isnull", draw(some.booleans())))
        case "in":
            return Q((f"{name}__in", draw(some.lists(value, max_size=3))))
        case "range":
            return Q((f"{name}__range", (draw(value), draw(value))))
        case "F":
            comparison = draw(some.sampled_from(["exact", "lt", "gte"]))
            other = draw(
                some.sampled_from(["number", "size", "price"] if name in ("number", "size", "price") else [name])
            )
            return Q((f"{name}__{comparison}", F(other)))
        case "startswith" | "contains" as kind:
            return Q((f"{name}__{kind}", draw(some.sampled_from(["", "a", "b", "ab", "%", "_", "0"]))))
        case kind:
            return Q((f"{name}__{kind}", draw(value)))


conditions = some.recursive(
    leaves(),
    lambda inner: some.one_of(
        some.builds(lambda a, b: a & b, inner, inner),
        some.builds(lambda a, b: a | b, inner, inner),
        inner.map(Q.__invert__),
    ),
    max_leaves=4,
)
# What finds items at all: without one of these most queries would be refused.
doors = some.one_of(
    some.just(Q()),
    VALUES["person"].map(lambda person: Q(person=person)),
    some.lists(VALUES["person"], min_size=1, max_size=2).map(lambda people: Q(person__in=people)),
    VALUES["word"].map(lambda word: Q(word=word)),
    some.lists(VALUES["id"], min_size=1, max_size=6).map(lambda keys: Q(id__in=keys)),
    some.builds(lambda person: Q(person=person, size__isnull=False), VALUES["person"]),
)
orders = some.lists(
    some.sampled_from(["at", "number", "size", "price", "id", "word", "person"]), max_size=2, unique=True
)
queries = some.fixed_dictionaries(
    {
        "door": doors,
        "filter": some.just(Q()) | conditions,
        "exclude": some.none() | conditions,
        "order": orders.flatmap(lambda names: some.tuples(*(some.sampled_from([n, f"-{n}"]) for n in names))),
        "slice": some.none() | some.tuples(some.integers(0, 2), some.integers(0, 5)),
        "reverse": some.booleans(),
        "ask": some.sampled_from(
            ["rows", "values", "count", "exists", "first", "last", "min", "only", "update", "delete"]
        ),
    }
)


def asked(manager, query):
    """The queryset, in an order that leaves no ties where the order counts."""
    found = manager.filter(query["door"]).filter(query["filter"])
    if query["exclude"] is not None:
        found = found.exclude(query["exclude"])
    if query["order"]:
        found = found.order_by(*query["order"], *([] if {"id", "-id"} & {*query["order"]} else ["id"]))
        found = found.reverse() if query["reverse"] else found
    return found


def answer(manager, query):
    """What a queryset answers, as something that can be compared."""
    found = asked(manager, query)
    if query["slice"] and query["order"] and query["ask"] in ("rows", "values", "count", "exists"):
        start, length = query["slice"]
        found = found[start : start + length]
    ordered = list if query["order"] else sorted
    match query["ask"]:
        case "rows":
            return (
                ordered([each.id, *(getattr(each, name) for name in VALUES)] for each in found)
                if query["order"]
                else (sorted(str([each.id, *(getattr(each, name) for name in VALUES)]) for each in found))
            )
        case "values":
            return ordered(found.values_list("id", flat=True))
        case "only":
            return ordered((each.id, each.number) for each in found.only("id", "number"))
        case "count":
            return found.count()
        case "exists":
            return found.exists()
        case "first" | "last" as end:
            each = getattr(found, end)() if query["order"] else None
            return each and each.id
        case "min":
            return asked(manager, {**query, "order": ()}).aggregate(Min("number"), Max("at"))
        case "update":
            return found.order_by().update(number=F("number") + 1, word="new")
        case "delete":
            return found.order_by().delete()[0]


def contents(manager, model):
    names = [name for name in VALUES if name != "id"]
    ids = [f"{n:02}" for n in range(10)]
    door = Q(id__in=ids) if model is not Pair else Q(person__in=PEOPLE)
    return sorted(str([each.id, *(getattr(each, name) for name in names)]) for each in manager.filter(door))


answered = {"answered": 0, "refused": 0}


def compare(model, found, many):
    with sqlite() as stock:
        StockThing._base_manager.using("sqlite").bulk_create(StockThing(**row) for row in found)
        clear_tables(model)
        batch_put(*(model(**row) for row in found))
        for query in many:
            try:
                ours = answer(model.objects, query)
            except NotSupportedError:
                answered["refused"] += 1
                continue
            answered["answered"] += 1
            assert ours == answer(stock.all(), query), query
            if query["ask"] in ("update", "delete"):
                assert contents(model.objects, model) == contents(stock.all(), model), query


@pytest.mark.parametrize("number", SEEDS, ids=["fixed", "changing"])
@pytest.mark.parametrize("model", [Thing, Pair])
def test_where_the_layer_answers_it_answers_as_sql_does(local_tables, model, number, capsys, django_db_blocker):
    make_tables(model)

    @seed(number)
    @settings(
        max_examples=max(QUERIES // (len(SEEDS) * 2 * BATCH), 1),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(found=items, many=some.lists(queries, min_size=BATCH, max_size=BATCH))
    def run(found, many):
        compare(model, found, many)

    try:
        with django_db_blocker.unblock():
            run()
    finally:
        with capsys.disabled():
            print(f"\n{model.__name__}, seed {number}: {answered}")  # noqa: T201 - to repeat it by
