"""What each refusal of a send asks to wait, in seconds, and what a send leaves of its budget: at each edge, as numbers.

No AWS: the records are made here, and the budget decides from them.
"""

from datetime import UTC, datetime, timedelta

import pytest

from otp.exceptions import AddressLocked, CallerLimited, CooldownActive, SMSLimited, TooManySends
from otp.models import Address
from otp.signin import budgets, quotas
from otp.signin.callers import Caller
from otp.signin.quotas import Quota
from tests.support.clock import NOW

IP_HASH = "bb8a3b1ce564985cb3ca55d0344c3118"
CALLER = Caller("203.0.113.7")


@pytest.fixture(autouse=True)
def keys(settings):
    settings.OTP_KEYS = ["first-key-0123456789-0123456789-01", "second-key-0123456789-0123456789-0"]


def at(stamp):
    return datetime.fromtimestamp(stamp, UTC)


def record(*sends, unanswered=1, expires_at=NOW + 86400):
    return Address(address="a@b.example", sends=list(sends), unanswered=unanswered, expires_at=at(expires_at))


def refusal(record, counted, now):
    """What a send is refused with, and its wait; None when it may go out."""
    try:
        budgets.refuse(record, counted, at(now))
    except TooManySends as refused:
        return type(refused), refused.retry_after
    return None


# -- the address -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sends", "later", "wait"),
    [
        ([], 0, None),
        ([NOW], 0, 60),
        ([NOW], 59, 1),
        ([NOW], 60, None),
        ([NOW - 60, NOW], 60, 60),
        ([NOW - 60, NOW], 119, 1),
        ([NOW - 60, NOW], 120, None),
        ([NOW - 1000] * 3 + [NOW - 900], 0, None),
        ([NOW - 86399] + [NOW - 80000] * 15, 0, 1),
        ([NOW - 86400] + [NOW - 80000] * 15, 0, None),
    ],
)
def test_the_cooldown(sends, later, wait):
    expected = wait and (CooldownActive, wait)
    assert refusal(record(*sends), {}, NOW + later) == expected


def test_the_cooldown_is_that_of_the_setting(settings):
    settings.OTP_SEND_WINDOWS = (7, 90)
    assert refusal(record(NOW), {}, NOW + 6) == (CooldownActive, 1)
    assert refusal(record(NOW), {}, NOW + 7) is None
    assert refusal(record(NOW - 10, NOW), {}, NOW + 7) == (CooldownActive, 73)


@pytest.mark.parametrize(
    ("limit", "unanswered", "later", "wait"),
    [
        (0, 1000, 60, None),
        (1, 0, 60, None),
        (1, 1, 60, 940),
        (2, 1, 60, None),
        (2, 2, 60, 940),
        (2, 3, 60, 940),
        (2, 2, 999, 1),
        (2, 2, 1000, 1),
        (2, 2, 1500, 1),
    ],
)
def test_the_lock_between_successes(settings, limit, unanswered, later, wait):
    settings.OTP_SENDS_BETWEEN_SUCCESSES = limit
    found = refusal(record(NOW, unanswered=unanswered, expires_at=NOW + 1000), {}, NOW + later)
    assert found == (wait and (AddressLocked, wait))


def test_the_cooldown_is_told_before_the_lock_and_both_before_a_quota(settings):
    settings.OTP_SENDS_BETWEEN_SUCCESSES = 1
    counted = {Quota("key", 1, at(NOW + 10), CallerLimited): 1}
    assert refusal(record(NOW), counted, NOW) == (CooldownActive, 60)
    assert refusal(record(NOW), counted, NOW + 60)[0] is AddressLocked
    assert refusal(record(NOW, unanswered=0), counted, NOW + 60)[0] is CallerLimited
    assert refusal(None, counted, NOW) == (CallerLimited, 11)


# -- quotas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "refused"), [(0, False), (4, False), (5, True), (6, True)])
def test_a_quota_takes_as_many_as_its_limit(count, refused):
    counted = {Quota("key", 5, at(NOW + 10), SMSLimited): count}
    assert refusal(None, counted, NOW) == ((SMSLimited, 11) if refused else None)


def test_every_quota_is_asked():
    first, second = (Quota(key, 5, at(NOW + 10), SMSLimited) for key in "ab")
    assert refusal(None, {first: 4, second: 5}, NOW) == (SMSLimited, 11)


@pytest.mark.parametrize(("now", "wait"), [(NOW, 1601), (NOW + 1599, 2), (NOW + 1600 - 0.5, 1), (NOW + 1600, 3601)])
def test_a_network_waits_until_a_second_after_its_hour(settings, now, wait):
    settings.OTP_SENDS_PER_IP = 3
    (quota,) = quotas.of_send("a@b.example", CALLER, at(now))
    assert quota.used_up(at(now)).retry_after == wait


def test_the_quotas_of_a_mail_are_those_of_its_network(settings):
    settings.OTP_SENDS_PER_IP = 3
    assert quotas.of_send("a@b.example", CALLER, at(NOW)) == [
        Quota(f"{IP_HASH} 2033-05-18T03", 3, datetime(2033, 5, 18, 4, tzinfo=UTC), CallerLimited)
    ]
    assert quotas.of_send("a@b.example", Caller("203.0.113.7", trusted=True), at(NOW)) == []


def test_the_quotas_of_an_sms_are_those_of_its_number_its_neighbours_and_the_day(settings):
    settings.OTP_SMS_PER_NUMBER_DAY, settings.OTP_SMS_PER_PREFIX_DAY, settings.OTP_SMS_PER_DAY = 1, 2, 3
    midnight = datetime(2033, 5, 19, tzinfo=UTC)
    assert quotas.of_send("+61412345678", Caller("203.0.113.7", trusted=True), at(NOW)) == [
        Quota("sms +61412345678 2033-05-18T00", 1, midnight, SMSLimited),
        Quota("sms +6141234* 2033-05-18T00", 2, midnight, SMSLimited),
        Quota("sms 2033-05-18T00", 3, midnight, SMSLimited),
    ]
    assert len(quotas.of_send("+61412345678", CALLER, at(NOW))) == 4


def test_the_quota_of_the_log(settings):
    settings.OTP_LOG_ENTRIES_PER_IP = 9
    quota = quotas.of_log(CALLER, at(NOW))
    assert quota == Quota(f"log {IP_HASH} 2033-05-18T03", 9, datetime(2033, 5, 18, 4, tzinfo=UTC), CallerLimited)
    assert quota.beyond == f"beyond log {IP_HASH} 2033-05-18T03"


def test_a_count_is_one_more_on_condition_that_there_is_room_and_lapses_an_hour_after_its_period():
    assert Quota("key", 5, at(NOW), SMSLimited).count().parameters() == {
        "TableName": "otp_counters",
        "Key": {"key": {"S": "key"}},
        "UpdateExpression": "SET #expires_at = :1 ADD #count :0",
        "ConditionExpression": "attribute_not_exists(#count) OR #count < :2",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": {"#count": "count", "#expires_at": "expires_at"},
        "ExpressionAttributeValues": {":0": {"N": "1"}, ":1": {"N": "2000003600"}, ":2": {"N": "5"}},
    }


# -- what a send leaves ----------------------------------------------------------------------------


def left(record):
    free_at = record.free_at and record.free_at - at(NOW)
    return record.sends, record.unanswered, free_at, record.last_request, record.expires_at - at(NOW)


def seconds(number):
    return timedelta(seconds=number)


def test_a_first_send_makes_the_record():
    made = budgets.with_send(None, "a@b.example", "request", at(NOW))
    assert made.address == "a@b.example"
    assert left(made) == ([NOW], 1, seconds(60), "request", seconds(86400))


def test_a_later_send_is_added_to_the_record_of_its_budget():
    made = budgets.with_send(record(NOW - 90, unanswered=4), "a@b.example device", "request", at(NOW))
    assert made.address == "a@b.example device"
    assert left(made) == ([NOW - 90, NOW], 5, seconds(90), "request", seconds(86400))


def test_a_record_keeps_as_many_sends_as_there_are_windows(settings):
    settings.OTP_SEND_WINDOWS = (7, 90)
    made = budgets.with_send(record(1, 2, 3), "a@b.example", "request", at(NOW))
    assert left(made) == ([3, NOW], 2, seconds(7), "request", seconds(90))


@pytest.mark.parametrize(("unanswered", "free_at"), [(0, 60), (1, 90 * 86400), (2, 90 * 86400)])
def test_a_locked_address_is_free_when_its_record_lapses(settings, unanswered, free_at):
    settings.OTP_SENDS_BETWEEN_SUCCESSES = 2
    made = budgets.with_send(record(unanswered=unanswered), "a@b.example", "request", at(NOW))
    assert left(made) == ([NOW], unanswered + 1, seconds(free_at), "request", seconds(90 * 86400))


def test_a_success_leaves_nothing():
    assert budgets.cleared("request", at(NOW)) == {
        "sends": [],
        "unanswered": 0,
        "free_at": None,
        "last_request": "request",
        "expires_at": at(NOW + 86400),
    }
