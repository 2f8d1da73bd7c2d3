"""What is kept of the log: counted once, asked for at a flat price."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from otp.clock import DAY, HOUR, period_start
from otp.dynamo.operations import batch_put
from otp.models import Attempt, Stat, new_id
from otp.stats.rollup import PAGE_ENTRIES, RANGES, Ledger, roll_up, stats

pytestmark = pytest.mark.slow

NOW = datetime(2033, 5, 18, 14, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def short_log(settings):
    """Fewer hours to write, for those tests that are not about how many there are."""
    settings.OTP_LOG_DAYS = 4


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def entry(when, outcome="otp_sent", address="a@example.com", ip_hash="1", took=None):
    return Attempt(
        id=new_id(when),
        address=address,
        outcome=outcome,
        channel="email",
        flow="page",
        ip_hash=ip_hash,
        user_agent="",
        took=took,
        created_at=when,
        expires_at=when + timedelta(days=90),
    )


def log(*entries):
    batch_put(*entries)


def ago(**time):
    return NOW - timedelta(**time)


def figures(name, wanted="sends"):
    return [period[wanted] for period in stats(name)["periods"]]


@pytest.mark.parametrize(("name", "size"), [("24h", 24), ("7d", 168), ("30d", 30)])
def test_a_range_ends_with_the_current_hour_or_day(name, size):
    log(entry(ago(minutes=1)), entry(ago(minutes=2)))
    assert figures(name) == [0] * (size - 1) + [2]


def test_an_entry_is_in_the_hour_in_which_its_request_began():
    hour = period_start(NOW, HOUR) - timedelta(hours=3)
    last = hour - timedelta(microseconds=1)
    log(entry(last), entry(hour), entry(hour + timedelta(minutes=59, seconds=59)))
    assert figures("24h")[-5:] == [1, 2, 0, 0, 0]


def test_a_range_says_its_total_and_who_failed_most():
    log(
        *(entry(ago(hours=n, seconds=n), "otp_invalid", "attacked@example.com", "bad") for n in range(5)),
        entry(ago(hours=2), "otp_sent"),
        entry(ago(hours=2), "otp_verified", took=30),
        entry(ago(hours=2), "delivery_failed", "b@example.com", "2"),
    )
    found = stats("24h")
    assert found["total"]["wrong_tries"] == 5
    assert found["total"]["success_rate"] == 1
    assert found["total"]["median"] == pytest.approx(30, rel=0.05)
    assert found["addresses"] == [
        {"address": "attacked@example.com", "failures": 5},
        {"address": "b@example.com", "failures": 1},
    ]
    assert found["callers"] == [{"ip_hash": "bad", "failures": 5}, {"ip_hash": "2", "failures": 1}]


@pytest.mark.parametrize("name", RANGES)
def test_a_range_is_plain_json_and_the_same_from_what_is_kept(name):
    log(entry(ago(days=2)), entry(ago(hours=3), "otp_invalid"), entry(ago(minutes=1), "otp_verified", took=20))
    first = stats(name)
    assert json.loads(json.dumps(first)) == first
    assert stats(name) == first


# -- counted once ------------------------------------------------------------------------------------------------------


def kept():
    """The periods that are kept, by key."""
    now = period_start(NOW, DAY)
    keys = [f"{now - timedelta(days=n):%Y-%m-%d}" for n in range(40)]
    hours = [f"{now + timedelta(hours=n):%Y-%m-%dT%H}" for n in range(-40 * 24, 24)]
    return Stat.objects.in_bulk(keys + hours)


def test_a_roll_up_keeps_every_closed_hour_and_day():
    assert roll_up() == 3 * 24 + 14 + 3
    assert len(kept()) == 3 * 24 + 14 + 3
    assert "2033-05-18T13" in kept()
    assert not {"2033-05-18T14", "2033-05-18"} & kept().keys()


def test_a_roll_up_goes_back_thirty_days(settings):
    settings.OTP_LOG_DAYS = 90
    Stat.objects.bulk_create(Stat(period=f"{NOW - timedelta(days=n):%Y-%m-%d}", expires_at=NOW) for n in range(1, 29))
    assert roll_up() == 14 + 24 + 1
    assert "2033-04-19" in kept()
    assert "2033-04-18" not in kept()


def test_rolling_up_twice_changes_nothing():
    log(entry(ago(hours=5)), entry(ago(days=3)))
    roll_up()
    before = {key: vars(stat) | {"_state": None} for key, stat in kept().items()}
    assert roll_up() == 0
    assert {key: vars(stat) | {"_state": None} for key, stat in kept().items()} == before


def test_what_comes_too_late_changes_nothing_that_is_kept():
    roll_up()
    log(entry(ago(hours=5)))
    roll_up()
    assert sum(figures("24h")) == 0


def test_an_hour_is_kept_five_minutes_after_its_end(clock):
    clock.move_to(datetime(2033, 5, 18, 14, 4, 59, tzinfo=UTC))
    roll_up()
    assert "2033-05-18T12" in kept()
    assert "2033-05-18T13" not in kept()
    log(entry(datetime(2033, 5, 18, 13, 59, 59, tzinfo=UTC)))
    clock.move_to(datetime(2033, 5, 18, 14, 5, tzinfo=UTC))
    assert roll_up() == 1
    assert kept()["2033-05-18T13"].outcomes == {"otp_sent": 1}


def test_a_day_is_kept_when_its_last_hour_is(clock):
    clock.move_to(datetime(2033, 5, 19, 0, 4, 59, tzinfo=UTC))
    roll_up()
    assert "2033-05-18" not in kept()
    log(entry(NOW))
    clock.move_to(datetime(2033, 5, 19, 0, 5, tzinfo=UTC))
    roll_up()
    assert kept()["2033-05-18"].outcomes == {}  # the hour of NOW was kept before
    assert figures("30d")[-2:] == [0, 0]


def test_of_two_that_count_at_once_one_keeps(monkeypatch):
    """The other has read that nothing is kept, and comes second."""
    log(entry(ago(hours=2)))
    read = Ledger._read
    monkeypatch.setattr(Ledger, "_read", lambda self, *args: {})
    roll_up()
    first = kept()["2033-05-18T12"]
    log(entry(ago(hours=2)))
    assert roll_up() == 0
    monkeypatch.setattr(Ledger, "_read", read)
    assert kept()["2033-05-18T12"].outcomes == first.outcomes == {"otp_sent": 1}


def test_what_is_kept_lapses_with_the_log(settings):
    settings.OTP_LOG_DAYS = 2
    roll_up()
    found = kept()
    assert found["2033-05-18T12"].expires_at == datetime(2033, 5, 20, 12, tzinfo=UTC)
    assert min(found) == "2033-05-17"  # nothing is counted of what has begun to lapse
    assert len(figures("30d")) == 30


def test_an_hour_keeps_only_so_many_addresses():
    log(*(entry(ago(hours=2), "otp_invalid", f"{n:03}@example.com", f"{n:03}") for n in range(60)))
    roll_up()
    stat = kept()["2033-05-18T12"]
    assert len(stat.addresses) == len(stat.callers) == 50
    assert stat.outcomes == {"otp_invalid": 60}


# -- at a flat price ---------------------------------------------------------------------------------------------------

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


def test_the_command_says_how_much_it_counted():
    output = StringIO()
    call_command("roll_up", stdout=output)
    call_command("roll_up", stdout=output)
    assert output.getvalue() == "89 hours and days counted.\n0 hours and days counted.\n"
