"""The requests of counting and of reading the figures: a limited number, whatever the log contains."""

import subprocess
import sys
from collections import Counter

import pytest

from otp.stats.rollup import RANGES, RUN, roll_up, stats
from tests.support.entries import ago, entry, log

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("short_log")]

LOOK = ["GetItem", "Query", "Query"]  # the mark; the entries after it; the hours or days
KEEP = ["BatchGetItem", "TransactWriteItems"]  # the open hour and day; all rows and the mark


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("size", [10, 1000])
def test_a_range_is_three_requests(name, size, requests_log):
    log(*(entry(ago(hours=1 + n % 60)) for n in range(size)))
    roll_up()
    requests_log.clear()
    stats(name)
    assert requests_log.operations == LOOK
    assert requests_log.requests[1][1]["IndexName"] == "by_time"


def test_an_empty_log_costs_no_more(requests_log):
    roll_up()
    for name in RANGES:
        stats(name)
    assert set(requests_log.operations) == {"GetItem", "Query"}
    assert len(requests_log.operations) <= 2 + len(RANGES) * len(LOOK)


def test_storing_closed_periods_takes_two_more_requests(requests_log):
    log(entry(ago(minutes=50)), entry(ago(minutes=44)))
    roll_up()
    log(entry(ago(minutes=30)))
    requests_log.clear()
    stats("24h")
    assert requests_log.operations == [*LOOK, *KEEP]


def test_a_run_with_nothing_new_is_two_requests(requests_log):
    log(entry(ago(hours=2)), entry(ago(hours=1)))
    roll_up()
    requests_log.clear()
    roll_up()
    assert requests_log.operations == ["GetItem", "Query"]


def test_each_shard_of_the_log_is_one_query(requests_log, settings):
    settings.OTP_LOG_SHARDS = 3
    log(*(entry(ago(hours=1 + n)) for n in range(10)))
    roll_up()
    requests_log.clear()
    stats("24h")
    assert Counter(requests_log.operations) == {"GetItem": 1, "Query": 3 + 1}


def test_a_first_run_writes_only_periods_with_entries(requests_log):
    log(*(entry(ago(hours=9 * n)) for n in range(8)))
    requests_log.clear()
    assert roll_up()[1] is True
    assert requests_log.operations == ["GetItem", "Query", "TransactWriteItems"]


@pytest.mark.parametrize("count", [roll_up, lambda: stats("30d")], ids=["the first run", "the page before it"])
def test_thirty_days_without_counts_take_few_requests(count, requests_log, settings):
    """A request for each hour would take longer than a Lambda function may run."""
    settings.OTP_LOG_DAYS = 90
    log(*(entry(ago(hours=hours)) for hours in range(1, 30 * 24, 6)))
    requests_log.clear()
    count()
    assert set(requests_log.operations) == {"GetItem", "Query", "BatchGetItem", "TransactWriteItems"}
    assert len(requests_log.operations) < 12


def test_a_run_is_bounded_and_the_next_goes_on(requests_log, monkeypatch):
    monkeypatch.setattr("otp.stats.ledger.PIECE", 10)
    log(*(entry(ago(hours=2, seconds=n)) for n in range(10 * RUN + 5)))
    requests_log.clear()
    assert roll_up()[1] is False
    assert requests_log.operations.count("TransactWriteItems") == RUN
    assert requests_log.operations.count("Query") == 1
    assert roll_up()[1] is True


def test_a_transaction_holds_no_more_than_a_hundred_writes(requests_log):
    log(*(entry(ago(minutes=17 * n)) for n in range(330)))
    requests_log.clear()
    roll_up()
    sizes = [len(body["TransactItems"]) for name, body in requests_log.requests if name == "TransactWriteItems"]
    assert len(sizes) > 3
    assert max(sizes) <= 100


def test_a_sign_in_does_not_import_the_counting():
    """A new process serves a send and an attempt without importing it."""
    program = """
import sys, django, json
django.setup()
from django.test import Client
client, who = Client(SERVER_NAME="localhost"), {"email": "a@example.com"}
for body in ({"action": "send_otp", **who}, {"action": "verify_otp", "otp": "1234567", **who}):
    answer = client.post("/otp", json.dumps(body), content_type="application/json")
    assert answer.json()["code"] in ("otp_sent", "otp_invalid"), answer.json()
print([name for name in sys.modules if name.startswith(("otp.stats", "otp.admin.analytics"))])
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
