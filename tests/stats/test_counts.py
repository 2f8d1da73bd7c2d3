"""Counting without storage: from log entries to figures."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from otp.stats.counts import Counts, bucket, percentile, pieces, top, total


def counted(*outcomes, address="a@example.com", ip_hash="1", took=None, client=None):
    counts = Counts()
    for outcome in outcomes:
        counts.add(SimpleNamespace(outcome=outcome, address=address, ip_hash=ip_hash, took=took, client=client))
    return counts


def test_each_outcome_counts_for_its_figure():
    counts = counted(
        "otp_sent",
        "otp_sent",
        "address_suppressed",
        "signup_refused",
        "otp_verified",
        "otp_invalid",
        "otp_locked",
        "otp_attempts_exceeded",
        "delivery_failed",
        "delivery_unknown",
        "server_error",
        "otp_cooldown",
    )
    assert counts.figures() == {
        "sends": 2,
        "withheld": 2,
        "sign_ins": 1,
        "success_rate": 0.5,
        "wrong_codes": 2,
        "lock_outs": 1,
        "failed_mails": 3,
        "median": None,
        "p95": None,
    }


def test_without_entries_there_is_no_rate_and_no_time():
    assert Counts().figures() == {
        "sends": 0,
        "withheld": 0,
        "sign_ins": 0,
        "success_rate": None,
        "wrong_codes": 0,
        "lock_outs": 0,
        "failed_mails": 0,
        "median": None,
        "p95": None,
    }


def test_the_success_rate_is_at_most_one():
    assert counted("otp_sent", "otp_verified", "otp_verified").figures()["success_rate"] == 1


def test_any_outcome_but_sends_and_sign_ins_is_a_failure():
    counts = counted("otp_sent", "otp_verified", "address_suppressed", "otp_cooldown", "a_word_of_tomorrow")
    assert counts.addresses == {"a@example.com": 3}
    assert counts.callers == {"1": 3}


def test_a_sign_in_to_an_application_counts_for_that_alone():
    counts = counted("client_signed_in", "client_signed_in", client="bakery")
    assert counts.clients == {"bakery": 2}
    assert (counts.figures()["sign_ins"], counts.addresses) == (0, {})


def test_the_sum_of_hours_equals_one_count_of_all():
    one = counted("otp_sent", "otp_invalid", took=None)
    two = counted("otp_verified", took=12)
    three = counted("otp_invalid", address="b@example.com")
    assert total([one, two, three]) == Counts(
        outcomes=Counter({"otp_sent": 1, "otp_invalid": 2, "otp_verified": 1}),
        waits=Counter({bucket(12): 1}),
        addresses=Counter({"a@example.com": 1, "b@example.com": 1}),
        callers=Counter({"1": 2}),
    )
    assert one.outcomes == {"otp_sent": 1, "otp_invalid": 1}  # unchanged


@pytest.mark.parametrize("seconds", [1, 2, 7, 21, 60, 333, 900, 86_400])
def test_a_time_is_exact_to_five_percent_or_half_a_second(seconds):
    assert percentile(Counter([bucket(seconds)]), 0.5) == pytest.approx(seconds, rel=0.05, abs=0.5)


@pytest.mark.parametrize("seconds", [-3, 0, 0.4, 1])
def test_times_below_a_second_count_as_one_second(seconds):
    assert percentile(Counter([bucket(seconds)]), 0.5) == 1


def test_percentiles_are_by_nearest_rank():
    waits = Counter(bucket(seconds) for seconds in [10] * 90 + [100] * 9 + [800])
    assert percentile(waits, 0.5) == pytest.approx(10, rel=0.05)
    assert percentile(waits, 0.95) == pytest.approx(100, rel=0.05)
    assert percentile(waits, 1) == pytest.approx(800, rel=0.05)


def test_only_the_most_failures_are_kept_and_ties_are_sorted_by_name():
    assert top(Counter({"c": 1, "b": 1, "a": 1, "z": 9}), 3) == {"z": 9, "a": 1, "b": 1}
    assert list(top(Counter({"b": 1, "a": 1}))) == ["a", "b"]


# -- pieces ------------------------------------------------------------------------------------------------------------

NOW = datetime(2033, 5, 18, 14, 30, tzinfo=UTC)


def entries(*seconds):
    """Entries of sends, by their seconds after NOW."""
    return [
        SimpleNamespace(
            created_at=NOW + timedelta(seconds=each),
            outcome="otp_sent",
            address="a",
            ip_hash="1",
            took=None,
            client=None,
        )
        for each in seconds
    ]


def summary(*found):
    """For each piece its sends, by minutes from NOW, and where the next piece begins, in seconds from NOW."""
    return [
        (
            {(start - NOW).total_seconds() / 60: each.outcomes["otp_sent"] for start, each in piece.counts.items()},
            piece.until and (piece.until - NOW).total_seconds(),
        )
        for piece in found
    ]


def test_entries_are_counted_by_five_minutes():
    assert summary(*pieces(entries(-301, -300, -299, -1), NOW, 10)) == [({-10: 1, -5: 3}, None)]


def test_a_full_piece_has_the_start_of_the_next():
    assert summary(*pieces(entries(-9, -8, -7, -6, -5), NOW, 2)) == [({-5: 2}, -7), ({-5: 2}, -5), ({-5: 1}, None)]


def test_entries_of_one_microsecond_stay_together():
    assert summary(*pieces(entries(-9, -8, -8, -8, -5), NOW, 2)) == [({-5: 4}, -5), ({-5: 1}, None)]


def test_a_time_later_than_now_counts_as_now():
    assert summary(*pieces(entries(-1, 86_400), NOW, 10)) == [({-5: 1, 0: 1}, None)]


def test_no_entries_are_one_empty_piece():
    assert summary(*pieces([], NOW, 10)) == [({}, None)]
