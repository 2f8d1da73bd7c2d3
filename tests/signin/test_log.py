"""The sign-in log: the content of its entries, and the limit of entries from one network."""

from datetime import UTC, datetime
from unittest.mock import Mock

import pytest
from django.db.utils import DatabaseError
from django.test import Client

from otp.conf import conf
from otp.delivery import email
from otp.dynamo.operations import get
from otp.models import Address, Counter, LogEntry
from otp.signin import quotas
from otp.signin.callers import Caller
from tests.support.api import ADDRESS, answer, ask, mailed_code, other_than
from tests.support.faults import error, faulty

pytestmark = pytest.mark.usefixtures("clock")


def outcomes():
    return [entry.outcome for entry in LogEntry.objects.order_by("created_at")]


def quota(ip="127.0.0.1"):
    return quotas.of_log(Caller(ip), datetime.now(UTC))


def test_every_send_and_every_attempt_is_one_entry_whatever_its_outcome():
    ask()
    ask()
    answer(other_than(mailed_code()))
    answer(mailed_code())
    answer(mailed_code())
    assert sorted(outcomes()) == ["otp_cooldown", "otp_invalid", "otp_not_found", "otp_sent", "otp_verified"]


def test_an_entry_says_how_long_the_sign_in_took(clock):
    ask()
    clock.shift(42)
    answer(mailed_code())
    assert {entry.outcome: entry.took for entry in LogEntry.objects.all()} == {"otp_sent": None, "otp_verified": 42}


def test_a_refused_send_names_the_account_that_the_address_has(settings, clock):
    settings.OTP_SENDS_PER_IP = 1
    ask()
    clock.shift(60)
    ask()
    sent, refused = LogEntry.objects.filter(address=ADDRESS).order_by("created_at")
    assert refused.outcome == "caller_limited"
    assert refused.account == sent.account == get(Address, ADDRESS).account


def test_entries_are_found_by_each_listing_that_staff_may_ask_for():
    ask()
    for filters in ({}, {"outcome": "otp_sent"}, {"channel": "email"}, {"flow": "api"}, {"address": ADDRESS}):
        assert LogEntry.objects.filter(**filters).order_by("-created_at").count() == 1, filters
    assert LogEntry.objects.filter(outcome="otp_invalid").order_by("-created_at").count() == 0


def test_an_entry_whose_mail_failed_moves_to_its_new_outcome(monkeypatch):
    monkeypatch.setattr(email, "backend", Mock(side_effect=RuntimeError("planned")))
    with pytest.raises(RuntimeError, match="planned"):
        ask()
    assert [entry.address for entry in LogEntry.objects.filter(outcome="server_error").order_by("created_at")] == [
        ADDRESS
    ]
    assert not LogEntry.objects.filter(outcome="otp_sent").order_by("created_at").exists()


def test_an_ip_address_is_a_keyed_hash_and_nothing_else():
    Client(REMOTE_ADDR="203.0.113.77").post("/otp", {"action": "send_otp", "email": ADDRESS}, "application/json")
    entry = LogEntry.objects.get(pk=LogEntry.objects.order_by("created_at")[0].pk)
    assert entry.ip_hash == Caller("203.0.113.77").ip_hash
    assert entry.ip_prefix is None
    assert "203.0" not in str(vars(entry))


@pytest.mark.parametrize(
    ("network", "bits", "prefix"),
    [
        ("203.0.113.77", 24, "203.0.113.0/24"),
        ("203.0.113.77", 32, "203.0.113.77/32"),
        ("2001:db8:1:2::/64", 24, "2001:db8:1::/48"),
        ("2001:db8:1:2::/64", 32, "2001:db8:1:2::/64"),
        ("203.0.113.77", 0, None),
    ],
)
def test_a_prefix_of_it_is_logged_if_a_setting_says_so(settings, network, bits, prefix):
    settings.OTP_LOG_IP_PREFIX = bits
    assert Caller(network).ip_prefix == prefix


def test_beyond_its_quota_of_entries_a_network_is_counted_and_not_logged(settings):
    settings.OTP_LOG_ENTRIES_PER_IP = 3
    for number in range(5):
        assert answer("000000", f"person{number}@example.com").status_code == 404
    assert outcomes() == ["otp_not_found"] * 3
    logged, unlogged = (Counter.objects.get(pk=key) for key in (quota().key, quota().beyond))
    assert (logged.count, unlogged.count) == (3, 2)
    assert unlogged.expires_at == LogEntry.objects.order_by("created_at")[0].expires_at


def test_a_count_beyond_the_quota_costs_one_more_request(settings, requests_log):
    settings.OTP_LOG_ENTRIES_PER_IP = 1
    answer("000000")
    requests_log.clear()
    assert answer("000000").status_code == 404
    assert requests_log.operations == ["UpdateItem", "TransactWriteItems", "UpdateItem"]


def test_a_flood_does_not_affect_others_and_its_own_sign_ins_are_logged(settings):
    settings.OTP_LOG_ENTRIES_PER_IP = 1
    answer("000000")
    answer("000000")
    assert ask().status_code == 200
    assert answer(mailed_code()).status_code == 200
    other = Client(REMOTE_ADDR="203.0.113.77")
    other.post("/otp", {"action": "verify_otp", "email": ADDRESS, "otp": "1"}, "application/json")
    assert sorted(outcomes()) == ["otp_invalid", "otp_not_found", "otp_sent", "otp_verified"]


def test_the_quota_starts_again_each_hour(settings, clock):
    settings.OTP_LOG_ENTRIES_PER_IP = 1
    answer("000000")
    clock.shift(3600)
    answer("000000")
    assert outcomes() == ["otp_not_found"] * 2


def test_trusted_callers_have_no_such_quota(settings, requests_log):
    settings.OTP_LOG_ENTRIES_PER_IP = 1
    settings.OTP_TRUSTED_CALLERS = ["127.0.0.0/8"]
    for _ in range(3):
        answer("000000")
    assert requests_log.operations == ["UpdateItem", "PutItem"] * 3
    assert outcomes() == ["otp_not_found"] * 3


def test_requests_that_compete_for_the_counter_write_one_after_the_other():
    conflict = error(
        "TransactionCanceledException", CancellationReasons=[{"Code": "None"}, {"Code": "TransactionConflict"}]
    )
    with faulty("TransactWriteItems", conflict, conflict, conflict) as operations:
        assert answer("000000").status_code == 404
    assert operations == ["UpdateItem"] + ["TransactWriteItems"] * 3 + ["UpdateItem", "PutItem"]
    assert (outcomes(), Counter.objects.get(pk=quota().key).count) == (["otp_not_found"], 1)


def test_every_sign_in_has_its_entry():
    ask()
    with faulty("TransactWriteItems", error("ValidationException")), pytest.raises(DatabaseError):
        answer(mailed_code())
    assert "otp_verified" not in outcomes()


def test_an_entry_is_kept_for_ninety_days():
    ask()
    entry = LogEntry.objects.order_by("created_at")[0]
    assert (entry.expires_at - entry.created_at).days == conf.log_days == 90
