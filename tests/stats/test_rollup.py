"""The figures of hours and days, from stored counts and from entries that aren't counted yet."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from otp.clock import HOUR, period_start
from otp.models import Stat
from otp.stats.rollup import RANGES, recount, roll_up, stats
from tests.support.entries import NOW, ago, entry, figures, log

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("short_log")]


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
    assert found["total"]["wrong_codes"] == 5
    assert found["total"]["success_rate"] == 1
    assert found["total"]["median"] == pytest.approx(30, rel=0.05)
    assert found["addresses"] == [
        {"address": "attacked@example.com", "failures": 5},
        {"address": "b@example.com", "failures": 1},
    ]
    assert found["callers"] == [{"ip_hash": "bad", "failures": 5}, {"ip_hash": "2", "failures": 1}]


@pytest.mark.parametrize("name", RANGES)
def test_a_range_says_how_often_somebody_signed_in_to_each_application(name):
    log(*(entry(ago(hours=n), "client_signed_in", client=("bakery", "garden")[n == 1]) for n in range(3)))
    expected = [{"client": "bakery", "sign_ins": 2}, {"client": "garden", "sign_ins": 1}]
    assert stats(name)["clients"] == expected
    roll_up()
    assert stats(name)["clients"] == expected


def test_counts_that_were_stored_before_there_were_applications_are_read():
    log(entry(ago(hours=2)))
    roll_up()
    for row in Stat.objects.filter(unit=HOUR):
        row.clients = None
        row.save()
    assert (stats("24h")["clients"], stats("24h")["total"]["sends"]) == ([], 1)


@pytest.mark.parametrize("name", RANGES)
def test_a_range_is_plain_json_and_the_same_from_stored_counts(name):
    log(entry(ago(days=2)), entry(ago(hours=3), "otp_invalid"), entry(ago(minutes=1), "otp_verified", took=20))
    first = stats(name)
    assert json.loads(json.dumps(first)) == first
    assert stats(name) == first


@pytest.mark.parametrize("name", RANGES)
def test_figures_are_the_same_before_and_after_they_are_stored(name):
    log(*(entry(ago(minutes=7 * n), ("otp_sent", "otp_invalid")[n % 2], f"{n % 3}@example.com") for n in range(500)))
    first = stats(name)
    assert roll_up() == (ago(minutes=10), True)
    assert stats(name) == first
    recount(ago(days=3))
    roll_up()
    assert stats(name) == first


def test_figures_say_until_when_the_log_is_counted(monkeypatch):
    log(entry(ago(hours=2), "otp_sent"))
    assert stats("24h")["until"] == NOW.isoformat()
    monkeypatch.setattr("otp.stats.ledger.PIECE", 1)
    log(entry(ago(minutes=9)), entry(ago(minutes=8)), entry(ago(minutes=7)))
    assert [(stats("24h")["until"], stats("24h")["complete"]) for _ in range(2)] == [
        (ago(minutes=9).isoformat(), True),
        (ago(minutes=7).isoformat(), True),
    ]


def test_figures_that_end_ten_minutes_ago_are_incomplete(monkeypatch):
    monkeypatch.setattr("otp.stats.ledger.PIECE", 1)
    log(entry(ago(hours=2)), entry(ago(minutes=10)))
    assert stats("24h")["complete"] is False
    assert stats("24h")["complete"] is True


def test_reloading_continues_the_count_of_a_busy_hour(monkeypatch):
    monkeypatch.setattr("otp.stats.ledger.PIECE", 10)
    log(*(entry(ago(hours=2, milliseconds=n)) for n in range(95)))
    seen = [stats("24h") for _ in range(10)]
    assert [found["total"]["sends"] for found in seen] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 95]
    assert [found["complete"] for found in seen] == [False] * 9 + [True]


def test_the_command_continues_the_count_and_says_what_is_left(monkeypatch):
    monkeypatch.setattr("otp.stats.ledger.PIECE", 5)
    log(*(entry(ago(hours=2, minutes=n)) for n in range(60)))
    output = StringIO()
    call_command("roll_up", stdout=output)
    call_command("roll_up", stdout=output)
    assert output.getvalue().splitlines() == [
        "Counted until 2033-05-18 12:11 UTC. There is more: run it again.",
        "Counted until 2033-05-18 12:30 UTC.",
    ]


def test_the_command_recounts_from_a_time_on():
    log(entry(ago(hours=2)), entry(ago(hours=1)))
    roll_up()
    log(entry(ago(hours=3)))  # too late
    roll_up()
    assert sum(figures("24h")) == 2
    call_command("roll_up", "--since", ago(hours=3, minutes=10).isoformat(), stdout=StringIO())
    assert sum(figures("24h")) == 3


@pytest.mark.parametrize("since", ["yesterday", "2033-05-18T12:00", "2033-05-18"])
def test_the_command_refuses_a_time_without_its_zone(since):
    with pytest.raises(CommandError, match="argument --since: invalid time value"):
        call_command("roll_up", "--since", since)
