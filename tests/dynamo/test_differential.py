"""The layer against stock Django on SQLite, with random models, items and queries: whatever it answers is the same.

DIFFERENTIAL_QUERIES says how many queries: 5,000 where CI requires every tier, and 200 elsewhere. One seed is fixed and
one changes; DIFFERENTIAL_SEED repeats a run whose seed was printed. Hypothesis shrinks what fails.
"""

import os
import random
from collections import Counter
from typing import Any

import pytest
from django.db.utils import NotSupportedError
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as some

from otp.dynamo.operations import batch_put

from .random_models import Declared, declarations, items, on_both
from .random_queries import answer, contents, queries
from .sqlite import ALIAS, sqlite

QUERIES = int(os.environ.get("DIFFERENTIAL_QUERIES", "5000" if os.environ.get("CI_TIERS") == "required" else "200"))
SEEDS = [1, int(os.environ.get("DIFFERENTIAL_SEED", random.SystemRandom().randrange(10**9)))]
BATCH = 25  # queries on the same items
WRITES = ("update", "add", "delete", "save")

pytestmark = pytest.mark.dynamodb_local


@some.composite
def cases(draw: Any) -> tuple[Declared, list[dict[str, Any]], list[dict[str, Any]]]:
    """A model, its items, and queries of it."""
    declared = draw(declarations())
    rows = draw(items(declared))
    return declared, rows, draw(some.lists(queries(declared, rows), min_size=BATCH, max_size=BATCH))


def compare(declared: Declared, found: Any, many: Any, connection: Any, tally: Counter[str]) -> None:
    with on_both(declared, connection) as (model, stock):
        there = stock._base_manager.using(ALIAS)
        there.bulk_create(stock(**row) for row in found)
        batch_put(*(model(**row) for row in found))
        for query in many:
            try:
                ours = answer(model.objects, query, declared)
            except NotSupportedError:
                tally[f"{query['ask']} refused"] += 1
                continue
            tally[query["ask"]] += 1
            assert ours == answer(there.all(), query, declared), query
            if query["ask"] in WRITES:
                assert contents(model.objects, declared) == contents(there.all(), declared), query


@pytest.mark.parametrize("number", SEEDS, ids=["fixed", "changing"])
def test_where_the_layer_answers_it_answers_as_sql_does(local_tables, number, capsys, django_db_blocker):
    tally: Counter[str] = Counter()

    @seed(number)
    @settings(
        max_examples=max(QUERIES // (len(SEEDS) * BATCH), 1),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases())
    def run(case):
        compare(*case, connection, tally)

    try:
        with django_db_blocker.unblock(), sqlite() as connection:
            run()
    finally:
        with capsys.disabled():
            print(f"\nseed {number}: {sum(tally.values())} queries, {dict(sorted(tally.items()))}")  # noqa: T201
    assert all(tally[each] for each in ("rows", "pages", "update", "save")) or QUERIES < 1000
