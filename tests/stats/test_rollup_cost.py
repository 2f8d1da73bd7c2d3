"""What the roll-up and its figures cost: a bounded number of requests and of entries a page."""

import subprocess
import sys
from datetime import timedelta

import pytest

from otp.stats.rollup import PAGE_ENTRIES, RANGES, roll_up, stats
from tests.support.attempts import ago, entry, figures, kept, log

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("short_log")]

CLOSED = {"24h": ["BatchGetItem"], "7d": ["BatchGetItem"] * 2, "30d": ["BatchGetItem"] * 2}


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("size", [0, 10, 1000])
def test_a_range_costs_its_kept_items_and_one_query_of_the_open_hour(name, size, requests_log):
    log(*(entry(ago(hours=1 + n % 60)) for n in range(size)))
    roll_up()
    stats(name)
    requests_log.clear()
    stats(name)
    assert requests_log.operations == [*CLOSED[name], "Query"]
    _, query = requests_log.requests[-1]
    assert query["IndexName"] == "by_time"
    assert query["Limit"] == PAGE_ENTRIES


def test_a_roll_up_with_one_hour_to_count_is_four_requests(requests_log, clock):
    roll_up()
    clock.shift(timedelta(hours=1))
    requests_log.clear()
    assert roll_up() == 1
    assert requests_log.operations == ["BatchGetItem", "BatchGetItem", "Query", "PutItem"]


def test_a_page_counts_only_so_much_and_says_so(requests_log, monkeypatch):
    monkeypatch.setattr("otp.stats.rollup.PAGE_ENTRIES", 5)
    log(*(entry(ago(hours=3, seconds=n)) for n in range(4)), *(entry(ago(hours=2, seconds=n)) for n in range(4)))
    found = stats("24h")
    assert found["complete"] is False
    assert sum(period["sends"] for period in found["periods"]) == 5
    assert "2033-05-18T11" in kept()
    assert "2033-05-18T12" not in kept()  # only half of it was counted
    assert stats("24h")["complete"] is True
    assert sum(figures("24h")) == 8
    assert len(kept()) == 23


def test_thirty_days_are_counted_from_the_newest_back(monkeypatch):
    monkeypatch.setattr("otp.stats.rollup.PAGE_ENTRIES", 5)
    log(*(entry(ago(days=3, seconds=n)) for n in range(4)), *(entry(ago(days=2, seconds=n)) for n in range(4)))
    assert figures("30d")[-4:] == [1, 4, 0, 0]
    assert "2033-05-16" in kept()
    assert "2033-05-15" not in kept()
    assert figures("30d")[-4:] == [4, 4, 0, 0]


def test_nothing_of_it_is_on_the_way_of_a_sign_in():
    """A fresh process serves a send and a try without even importing it."""
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
