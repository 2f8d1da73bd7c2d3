"""What is kept of the log: counted once, asked for at a flat price."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from otp.clock import HOUR, period_start
from otp.models import Stat
from otp.stats.rollup import RANGES, Ledger, roll_up, stats
from tests.support.attempts import NOW, ago, entry, figures, kept, log

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


def test_the_command_says_how_much_it_counted():
    output = StringIO()
    call_command("roll_up", stdout=output)
    call_command("roll_up", stdout=output)
    assert output.getvalue() == "89 hours and days counted.\n0 hours and days counted.\n"
