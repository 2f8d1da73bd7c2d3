"""The seconds to wait after each refusal of a send, and the budget after each send, at all limits.

These tests need no AWS: they create the records and let the budget decide.
"""

from datetime import UTC, datetime, timedelta

import pytest

from otp.exceptions import CallerLimited, CooldownActive, SMSLimited, TooManySends
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


def record(*sends):
    return Address(address="a@b.example", sends=list(sends), last_write="before", expires_at=at(NOW + 86400))


def refusal(record, counted, now):
    """The code and the wait of a send's refusal; None if it is allowed."""
    try:
        budgets.refuse(record, budgets.Snapshot("a@b.example", record, record, None, None, counted), at(now))
    except TooManySends as refused:
        return type(refused), refused.retry_after
    return None


def test_sends_from_a_clock_that_was_a_day_ahead_cause_no_wait():
    assert refusal(record(NOW + 86400), {}, NOW) is None
    assert refusal(record(NOW - 30, NOW + 86400), {}, NOW) == (CooldownActive, 30)


def test_a_send_of_a_server_whose_clock_is_a_little_ahead_still_counts():
    assert refusal(record(NOW + 20), {}, NOW) == (CooldownActive, 60)


# -- the address -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sends", "later", "wait"),
    [
        ([], 0, None),
        ([NOW], 0, 60),
        ([NOW], 59, 1),
        ([NOW], 60, None),
        ([NOW - 60, NOW], 59, 1),
        ([NOW - 60, NOW], 60, None),
        ([NOW - 59, NOW - 1, NOW], 60, 1),
        ([NOW - 60, NOW - 1, NOW], 60, None),
        ([NOW - 1000] * 3 + [NOW - 900], 0, None),
        ([NOW - 87299] + [NOW - 80000] * 15, 0, 1),
        ([NOW - 87300] + [NOW - 80000] * 15, 0, None),
    ],
)
def test_the_cooldown(sends, later, wait):
    expected = wait and (CooldownActive, wait)
    assert refusal(record(*sends), {}, NOW + later) == expected


def test_the_cooldown_comes_from_the_setting(settings):
    settings.OTP_SEND_WINDOWS = (7, 90)
    assert refusal(record(NOW), {}, NOW + 6) == (CooldownActive, 1)
    assert refusal(record(NOW), {}, NOW + 7) is None
    assert refusal(record(NOW - 10, NOW), {}, NOW + 7) == (CooldownActive, 73)


def test_the_cooldown_is_checked_before_the_quotas():
    counted = {Quota("key", 1, at(NOW + 10), CallerLimited): 1}
    assert refusal(record(NOW), counted, NOW) == (CooldownActive, 60)
    assert refusal(None, counted, NOW) == (CallerLimited, 11)


# -- quotas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "refused"), [(0, False), (4, False), (5, True), (6, True)])
def test_a_quota_allows_as_many_as_its_limit(count, refused):
    counted = {Quota("key", 5, at(NOW + 10), SMSLimited): count}
    assert refusal(None, counted, NOW) == ((SMSLimited, 11) if refused else None)


def test_every_quota_is_checked():
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


def test_a_count_is_conditional_on_the_limit_and_expires_an_hour_after_its_period():
    assert Quota("key", 5, at(NOW), SMSLimited).increment().parameters() == {
        "TableName": "otp_counters",
        "Key": {"key": {"S": "key"}},
        "UpdateExpression": "SET #expires_at = :1 ADD #count :0",
        "ConditionExpression": "attribute_not_exists(#count) OR #count < :2",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ExpressionAttributeNames": {"#count": "count", "#expires_at": "expires_at"},
        "ExpressionAttributeValues": {":0": {"N": "1"}, ":1": {"N": "2000003600"}, ":2": {"N": "5"}},
    }


# -- the budget after a send -----------------------------------------------------------------------


def left(sends, now=NOW):
    """The budget's record after these sends: the end of its wait, if that is long, and its expiry."""
    changes = budgets.write("a@b.example", sends, "send", at(now), read=None).changes
    assert (changes["sends"], changes["last_write"]) == (sends, "send")
    return changes["free_at"] and changes["free_at"] - at(now), changes["expires_at"] - at(now)


KEPT = timedelta(seconds=87300 + 900)


def test_a_record_outlives_its_last_window_and_its_last_code(settings):
    assert left([NOW]) == (None, KEPT)
    settings.OTP_SEND_WINDOWS, settings.OTP_LIFETIME = (7, 90), 300
    assert left([NOW]) == (None, timedelta(seconds=390))


@pytest.mark.parametrize(("wait", "listed"), [(1800, False), (1801, True)])
def test_only_waits_of_more_than_half_an_hour_are_listed_as_long(settings, wait, listed):
    settings.OTP_SEND_WINDOWS = (wait,)
    assert (left([NOW])[0] is not None) is listed


def test_a_budget_is_written_only_if_it_is_unchanged():
    first = budgets.write("a@b.example", [NOW], "send", at(NOW), read=None).parameters()
    form, known = first["ConditionExpression"].split(" = ")
    assert form == "attribute_not_exists(#last_write) OR #last_write"
    assert len(first["ExpressionAttributeValues"][known]["S"]) == 32, "an attribute that no record has"
    later = budgets.write("a@b.example", [NOW], "send", at(NOW), read=record(NOW - 90)).parameters()
    form, known = later["ConditionExpression"].split(" = ")
    assert form == "attribute_not_exists(#last_write) OR #last_write"
    assert later["ExpressionAttributeValues"][known] == {"S": "before"}
