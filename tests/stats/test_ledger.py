"""The stored counts of the log contain each entry once, despite parallel counts and wrong clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from otp.clock import DAY, HOUR
from otp.dynamo.client import TransactionRefused
from otp.models import Stat
from otp.stats.counts import PERIOD
from otp.stats.ledger import Ledger
from otp.stats.rollup import recount, roll_up, stats
from tests.support.entries import NOW, ago, entry, figures, kept, log, mark

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("short_log")]

MIDNIGHT = datetime(2033, 5, 18, tzinfo=UTC)


def at(*time):
    """A time on the day of NOW."""
    return MIDNIGHT.replace(hour=time[0], minute=time[1], second=time[2] if len(time) > 2 else 0)


def numbers(unit):
    """The stored number of sends by period."""
    return {start: row.outcomes.get("otp_sent", 0) for start, row in kept(unit).items()}


def test_five_minutes_are_stored_with_their_hour_and_their_day():
    log(entry(at(9, 1)), entry(at(9, 4, 59)), entry(at(9, 5)), entry(at(10, 0)), entry(at(12, 0)))
    roll_up()
    assert numbers(PERIOD) == {at(9, 0): 2, at(9, 5): 1, at(10, 0): 1}
    assert numbers(HOUR) == {at(9, 0): 3, at(10, 0): 1}
    assert numbers(DAY) == {MIDNIGHT: 4}
    assert mark() == at(12, 0)


def test_empty_periods_are_not_written_but_count_as_counted(requests_log):
    log(entry(ago(days=3)), entry(ago(hours=1)))
    roll_up()
    assert [len(kept(unit)) for unit in (PERIOD, HOUR, DAY)] == [1, 1, 1]
    requests_log.clear()
    stats("30d")
    _, query = requests_log.requests[1]
    assert f"{mark():%Y-%m-%dT%H:%M}" in str(query["ExpressionAttributeValues"])  # reads only newer entries


def test_a_period_is_not_closed_by_the_clock_alone(clock):
    log(entry(ago(hours=2)), entry(ago(hours=1)))
    clock.shift(timedelta(days=1))
    roll_up()
    assert mark() == ago(hours=1)


def test_a_period_is_closed_by_a_later_entry_a_minute_after_it_began(clock):
    log(entry(at(14, 24)), entry(at(14, 25)))
    clock.move_to(at(14, 25, 59))
    roll_up()
    assert mark() is None
    clock.move_to(at(14, 26, 1))
    roll_up()
    assert mark() == at(14, 25)


def test_counting_twice_changes_nothing():
    log(*(entry(ago(minutes=7 * n)) for n in range(40)))
    roll_up()
    before = [numbers(unit) for unit in (PERIOD, HOUR, DAY)]
    roll_up()
    assert [numbers(unit) for unit in (PERIOD, HOUR, DAY)] == before


def test_an_hour_grows_as_its_minutes_are_counted(clock):
    for minute in range(0, 60, 4):
        clock.move_to(at(13, minute))
        log(entry(at(13, minute)))
        roll_up()
    assert numbers(HOUR) == {at(13, 0): 13}  # the last two are in periods that are still open
    assert numbers(DAY) == {MIDNIGHT: 13}
    assert sum(figures("24h")) == 15


def test_a_stopped_count_continues_within_five_minutes(monkeypatch):
    monkeypatch.setattr("otp.stats.ledger.PIECE", 4)
    monkeypatch.setattr("otp.stats.rollup.RUN", 1)
    log(*(entry(at(9, 1, second)) for second in range(10)))
    for counted in (4, 8):
        assert roll_up()[1] is False
        assert numbers(PERIOD) == {at(9, 0): counted}
        assert numbers(DAY) == {MIDNIGHT: counted}
    assert sum(figures("24h")) == 10


def test_entries_of_one_moment_are_counted_together(monkeypatch):
    monkeypatch.setattr("otp.stats.ledger.PIECE", 3)
    log(*(entry(at(9, 0)) for _ in range(5)), entry(at(9, 1)), entry(at(10, 0)))
    roll_up()
    assert numbers(HOUR) == {at(9, 0): 6}


def test_of_two_parallel_counts_one_is_stored():
    log(entry(ago(hours=2)), entry(ago(hours=1)))
    first, second = Ledger(NOW), Ledger(NOW)
    first.store(next(first.pieces()))
    with pytest.raises(TransactionRefused):
        second.store(next(second.pieces()))
    assert sum(figures("24h")) == 2


def test_figures_are_correct_while_another_run_stores_counts(monkeypatch):
    """Another run stores counts after the mark was read and before the rows are."""
    log(entry(ago(hours=2)), entry(ago(hours=1)))
    read = Ledger.rows_from

    def read_late(self, *args):
        monkeypatch.setattr(Ledger, "rows_from", read)
        roll_up()
        return self.rows_from(*args)

    monkeypatch.setattr(Ledger, "rows_from", read_late)
    assert sum(figures("24h")) == 2


def test_a_run_continues_where_another_stopped(monkeypatch):
    log(entry(ago(hours=3)), entry(ago(hours=2)), entry(ago(hours=1)))
    store = Ledger.store

    def store_late(self, piece):
        monkeypatch.setattr(Ledger, "store", store)
        stats("24h")
        self.store(piece)

    monkeypatch.setattr(Ledger, "store", store_late)
    assert roll_up() == (ago(hours=1), True)
    assert numbers(DAY) == {MIDNIGHT: 2}


def test_stored_counts_expire_with_the_log_but_the_mark_does_not(settings):
    settings.OTP_LOG_DAYS = 2
    log(entry(ago(hours=2)), entry(ago(hours=1)))
    roll_up()
    assert kept(HOUR)[at(12, 0)].expires_at == datetime(2033, 5, 20, 12, tzinfo=UTC)
    assert Stat.objects.get(pk=Stat.MARK).expires_at is None


def test_an_hour_stores_a_limited_number_of_addresses():
    log(*(entry(ago(hours=2), "otp_invalid", f"{n:03}@example.com", f"{n:03}") for n in range(60)), entry(ago(hours=1)))
    roll_up()
    hour = kept(HOUR)[at(12, 0)]
    assert len(hour.addresses) == len(hour.callers) == 50
    assert hour.outcomes == {"otp_invalid": 60}


# -- clocks that were ahead --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signed_in_ahead", [False, True])
def test_a_clock_that_was_a_day_ahead_closes_no_hour(clock, signed_in_ahead):
    log(entry(at(13, 50)), entry(at(14, 20)))
    ahead = timedelta(days=1)
    clock.shift(ahead)
    if signed_in_ahead:
        log(entry(NOW + ahead))
        clock.shift(timedelta(minutes=10))
    stats("24h")
    roll_up()
    for hour in (15, 16, 20):
        clock.move_to(at(hour, 30))
        log(entry(at(hour, 10)), entry(at(hour, 20)))
        roll_up()
        stats("30d")
    clock.move_to(at(20, 40))
    found = stats("24h")
    hours = {period["start"][11:13]: period["sends"] for period in found["periods"] if period["sends"]}
    assert hours == {"13": 1, "14": 1, "15": 2, "16": 2, "20": 2 + signed_in_ahead}
    assert found["complete"] is True


def test_a_server_whose_clock_is_a_little_ahead_closes_no_period_for_good(clock):
    log(entry(at(14, 24)), entry(at(14, 30, 50)))  # the second by a server that is ahead by five minutes
    clock.move_to(at(14, 32))
    roll_up()
    assert mark() == at(14, 30)
    clock.move_to(at(14, 28))  # the next run, with the right time
    roll_up()
    log(entry(at(14, 28, 30)), entry(at(15, 20)))
    clock.move_to(at(15, 30))
    roll_up()
    assert numbers(HOUR) == {at(14, 0): 3}


def test_entries_that_are_later_than_now_count_as_now_and_once(clock):
    log(entry(at(14, 10)), entry(NOW + timedelta(hours=5)))
    assert figures("24h")[-2:] == [0, 2]
    clock.shift(timedelta(hours=1))
    assert figures("24h")[-2:] == [1, 1]
    clock.shift(timedelta(hours=6))
    assert [*filter(None, figures("24h"))] == [1, 1]


def test_counts_of_a_future_time_are_stored_once_and_shown_when_it_comes(clock):
    log(entry(at(13, 50)), entry(at(18, 1)), entry(at(18, 2)), entry(at(18, 7)))
    clock.move_to(at(18, 30))
    roll_up()
    clock.move_to(at(14, 30))
    log(entry(at(14, 10)))
    roll_up()
    assert numbers(DAY) == {MIDNIGHT: 1}
    clock.move_to(at(19, 0))
    log(entry(at(18, 20)))
    roll_up()
    assert numbers(HOUR) == {at(13, 0): 1, at(14, 0): 1, at(18, 0): 3}
    assert numbers(DAY) == {MIDNIGHT: 5}


# -- recounts ----------------------------------------------------------------------------------------------------------


def test_hours_can_be_counted_again(monkeypatch):
    log(*(entry(ago(minutes=7 * n)) for n in range(200)))
    roll_up()
    before = [numbers(unit) for unit in (PERIOD, HOUR, DAY)]
    recount(ago(hours=9))
    monkeypatch.setattr("otp.stats.ledger.PIECE", 13)  # many pieces, which end within periods
    roll_up()
    assert [numbers(unit) for unit in (PERIOD, HOUR, DAY)] == before


def test_until_a_recount_reaches_an_hour_its_old_figures_are_ignored(monkeypatch):
    monkeypatch.setattr("otp.stats.ledger.PIECE", 1)
    log(*(entry(at(hour, 10)) for hour in range(9, 14)))
    roll_up()
    recount(at(11, 0))
    assert [sum(figures(name)) for name in ("24h", "30d")] == [3, 4]  # one more each time


def test_what_is_not_counted_yet_is_not_counted_again():
    log(entry(ago(hours=2)), entry(ago(hours=1)))
    recount(NOW)
    assert mark() is None
    roll_up()
    recount(NOW)
    assert mark() == ago(hours=1)
