"""The rules, without Django, AWS or a clock."""

import subprocess
import sys
from collections import Counter

import pytest

from otp import rules
from otp.clock import DAY

NOW = 1_800_000_000


def test_a_code_is_six_digits_and_may_begin_with_zero(monkeypatch):
    monkeypatch.setattr(rules, "keyed_hash", lambda *parts: f"{7 * 10**6 + 42:x}")
    assert rules.code_of("key", "seed") == "000042"


def test_codes_come_from_the_operating_systems_generator():
    seeds = {rules.new_seed() for _ in range(100)}
    assert {len(bytes.fromhex(seed)) for seed in seeds} == {16}
    assert len({rules.code_of("key", seed) for seed in seeds}) > 90
    assert rules.secrets.__name__ == "secrets"


def test_a_code_is_derived_from_its_seed_and_the_key():
    """From `printf 6:digits4:seed | openssl dgst -sha256 -hmac key`: the last six digits of that number."""
    assert rules.code_of("key", "seed") == "792162"
    assert rules.code_of("other", "seed") != rules.code_of("key", "seed") != rules.code_of("key", "other")


def test_each_digit_is_as_likely_as_any_other():
    digits = Counter("".join(rules.code_of("key", str(seed)) for seed in range(20_000)))
    assert set(digits) == set("0123456789")
    assert all(abs(count - 12_000) < 500 for count in digits.values())  # nearly five standard deviations


@pytest.mark.parametrize(
    "typed",
    [
        "123456",
        " 123 456 ",
        "123-456",
        "12\u201334\u201356",
        "１２３４５６",
        "١٢٣٤٥٦",
        "१२३४५६",
        "123\u200b456",
        "123\u00a0456",
        "123456.",
        "123456 is your code for The bakery. It works once, for 15 minutes.",
        "Your code: 123456",
        "١٢٣٤٥٦ هو رمزك",
        "123456 is your code.\n\n@signin.example.com #123456",
        "Ref. 1234567, code 123456, of 2026-11-28",
    ],
)
def test_a_code_is_accepted_as_people_and_phones_write_it(typed):
    assert rules.normalize_code(typed) == "123456"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1\u00ad2\u200d3", "123"),
        ("12\u22123", "12\u22123"),
        ("a b\tc\n1", "abc1"),
        ("\u2460\u00b2", "12"),
        ("\ud800", "\ud800"),
    ],
)
def test_separators_are_removed_from_a_code(typed, code):
    assert rules.normalize_code(typed) == code


@pytest.mark.parametrize(
    "typed", ["", "12345", "abcdef", "123\x00456", "\ud800", "1234567", "½23456", "654321 or 123456", "code 123 456"]
)
def test_a_malformed_code_stays_malformed(typed):
    assert rules.normalize_code(typed) != "123456"


def digest(**changes):
    return rules.digest("k" * 32, **{"flow": "page:f", "address": "a@b.example", "code": "123456"} | changes)


def test_a_digest_is_hmac_sha256_in_hex_under_the_key():
    """From `printf 4:code6:page:f11:a@b.example6:123456 | openssl dgst -sha256 -hmac`, with a key of 32 times k."""
    assert digest() == "a320158fc0e6bbc1d7ffb589f011d13544511b1f2aea122816a8e9c88cd1b284"
    assert digest() != rules.digest("K" * 32, flow="page:f", address="a@b.example", code="123456")


@pytest.mark.parametrize("changes", [{"flow": "api:"}, {"address": "b@b.example"}, {"code": "123457"}])
def test_a_digest_depends_on_flow_address_and_code(changes):
    assert digest(**changes) != digest()


def test_a_digest_depends_on_where_one_part_ends():
    assert rules.keyed_hash("k", "p", "ab", "c") == "6082f1e384d0d0e434bdc5b56e86d10be9291ffda9d00db5f15884b9edaa434f"
    assert rules.keyed_hash("k", "p", "ab", "c") != rules.keyed_hash("k", "p", "a", "bc")
    assert rules.keyed_hash("k", "p", "a1:b", "c") != rules.keyed_hash("k", "p", "a", "b1:c")


def test_a_guess_matches_under_any_verifying_key():
    assert rules.matches(["old", "new"], "new")
    assert not rules.matches(["old", "new"], "other")
    assert not rules.matches([], "other")


def test_the_time_of_a_comparison_does_not_reveal_which_key_matched(monkeypatch):
    compared = []
    monkeypatch.setattr(rules.hmac, "compare_digest", lambda one, other: compared.append((one, other)) or one == other)
    assert rules.matches(["a", "b", "c"], "a")
    assert compared == [("a", "a"), ("b", "a"), ("c", "a")]


def test_the_default_limits():
    assert (rules.DIGITS, rules.LIFETIME, rules.MAX_ATTEMPTS) == (6, 900, 6)
    minutes = (1, 1, 2, 3, 5, 10, 15, 30, 60, 120, 240, 360, 540, 780, 1080, 1455)
    assert tuple(seconds / 60 for seconds in rules.SEND_WINDOWS) == minutes


@pytest.mark.parametrize(
    ("sends", "next_at"),
    [
        ([], 0),
        ([1000], 1060),
        ([900, 1000], 1060),
        ([990, 1000], 1060),
        ([100, 200, 1000], 1060),
        ([980, 990, 1000], 1100),
        ([985, 990, 995, 1000], 1165),
    ],
)
def test_the_next_send_waits_for_the_longest_window(sends, next_at):
    assert rules.next_send_at(sends) == next_at


def test_only_as_many_of_the_last_sends_count_as_there_are_windows():
    assert rules.next_send_at([10**9, 1000, 2000], windows=(60, 120)) == 2060


def test_the_first_code_may_be_sent_at_once_and_the_second_after_a_minute():
    assert rules.next_send_at([]) <= NOW
    assert rules.next_send_at([NOW]) == NOW + 60


def as_early_as_may_be(start, span=3 * DAY, before=()):
    """The times of sends, each as early as allowed, including those in `before`."""
    sends, now = list(before), start
    while now <= start + span:
        now = max(now, rules.next_send_at(sends[-16:]))
        sends.append(now)
    return sends


def test_sends_as_early_as_allowed_are_sixteen_a_day():
    sends = as_early_as_may_be(NOW)
    in_any_day = [sum(start <= sent < start + DAY for sent in sends) for start in sends]
    assert max(in_any_day) == 16
    assert in_any_day[0] == 16


def most_guesses(sends, tries, lifetime, day):
    """The most attempts in any period of length `day`, if each is made at the worst moment of its code's validity."""
    days = [sent + lifetime - 1 for sent in sends]  # each begins in the last second of a code
    return max((tries * sum(start - lifetime < sent < start + day for sent in sends) for start in days), default=0)


def schedules(windows, span):
    """Every series of sends, in whole seconds, that the windows allow within a span."""
    unfinished = [[]]
    while unfinished:
        sends = unfinished.pop()
        yield sends
        first = max(rules.next_send_at(sends[-len(windows) :], windows), sends[-1] if sends else 0)
        unfinished += [[*sends, now] for now in range(first, span)]


@pytest.mark.parametrize("windows", [(1,), (2,), (1, 3), (1, 1, 4), (2, 3, 7), (1, 2, 3, 8), (1, 2, 9), (3, 3, 9)])
@pytest.mark.parametrize("lifetime", [1, 2, 3])
def test_no_series_of_sends_allows_more_attempts_than_promised(monkeypatch, windows, lifetime):
    """With a day of six seconds, so that all series of two days can be tested, including late attempts."""
    monkeypatch.setattr(rules, "DAY", 6)
    promised = rules.guesses_per_day(2, windows, lifetime)
    found = max(most_guesses(sends, 2, lifetime, 6) for sends in schedules(windows, 11))
    assert found <= promised
    if windows == (1, 2, 9):
        assert found == promised


def test_a_day_has_at_most_96_attempts_including_those_on_earlier_codes():
    """Attempts on a code that was sent a quarter of an hour before a day count for that day."""
    for busy in range(0, DAY, 2399):
        for pause in range(0, DAY, 3599):
            sends = as_early_as_may_be(NOW + busy + pause, before=as_early_as_may_be(NOW, span=busy))
            assert most_guesses(sends, rules.MAX_ATTEMPTS, rules.LIFETIME, DAY) <= 96
    assert most_guesses(as_early_as_may_be(NOW), rules.MAX_ATTEMPTS, rules.LIFETIME, DAY) == 96


def test_waits_never_get_shorter():
    assert list(rules.SEND_WINDOWS) == sorted(rules.SEND_WINDOWS)
    assert rules.SEND_WINDOWS[0] == 60
    assert rules.SEND_WINDOWS[-1] == DAY + rules.LIFETIME


def test_a_user_of_many_devices_gets_ten_codes_in_the_first_hour():
    sends = as_early_as_may_be(NOW)
    assert [sent - NOW for sent in sends[:10]] == [0, 60, 120, 180, 240, 300, 600, 900, 1800, 3600]


def test_only_as_many_sends_are_remembered_as_there_are_windows():
    assert rules.sends_after([1, 2], 3, windows=(60, 120)) == [2, 3]
    assert rules.sends_after([1, 2], 3) == [1, 2, 3]
    assert len(rules.sends_after(list(range(16)), NOW)) == 16


def test_a_send_slightly_in_the_future_counts_as_now_and_one_far_ahead_is_ignored():
    assert rules.plausible([NOW - 9, NOW, NOW + 1, NOW + 300], NOW) == [NOW - 9, NOW, NOW, NOW]
    assert rules.plausible([NOW - 9, NOW + 301, NOW + DAY], NOW) == [NOW - 9]
    assert rules.sends_after([NOW - 9, NOW + DAY], NOW) == [NOW - 9, NOW]


def test_attempts_on_an_address_are_limited_by_attempts_times_sends():
    assert rules.guesses_per_day() == 96
    assert rules.guesses_per_day(max_attempts=1, windows=(3600,)) == 25
    assert rules.guesses_per_day(max_attempts=1, windows=(50000,)) == 2
    assert rules.guesses_per_day(max_attempts=6, windows=(60, DAY, 2 * DAY)) == 18
    assert rules.guesses_per_day(max_attempts=6, windows=(60, DAY + 600, 2 * DAY), lifetime=600) == 12


def test_the_rules_load_neither_django_nor_aws():
    code = "import sys, otp.rules; print(sorted({'django', 'boto3', 'botocore'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
