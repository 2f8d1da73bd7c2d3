"""Blocked networks are sent no codes, until the block ends or staff lift it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from otp.accounts import acting, staff
from otp.models import AuditEntry, Block, LogEntry
from otp.signin.callers import Caller
from tests.support.accounts import account_at
from tests.support.api import ADDRESS, answer, ask, mailed_code, post, status_and_code

pytestmark = pytest.mark.usefixtures("clock")

HERE, ATTACKER = "127.0.0.1", "203.0.113.7"
BOSS = "boss@staff.example"


@pytest.fixture
def by():
    staff.appoint_by_command(BOSS, "staff")
    return account_at(BOSS)


def ask_from(network, address=ADDRESS):
    return post({"action": "send_otp", "email": address}, client=Client(REMOTE_ADDR=network))


def block(by, seconds=3600, address=ADDRESS):
    """Block the network of the latest entry of an address."""
    latest = LogEntry.objects.filter(address=address).order_by("-entry_id").first()
    staff.block(latest.pk, by=by, seconds_=seconds, own=Caller(HERE).ip_hash)


def test_a_blocked_network_is_sent_no_codes_until_the_block_ends(by, clock, inbox):
    ask_from(ATTACKER)
    block(by)
    clock.shift(60)
    refused = ask_from(ATTACKER, "other@example.com")
    assert status_and_code(refused) == (429, "caller_limited")
    assert refused["Retry-After"] == "3541"
    assert ask("third@example.com").status_code == 200  # from another network
    assert [entry.outcome for entry in LogEntry.objects.filter(address="other@example.com")] == ["caller_blocked"]
    clock.shift(3540)
    assert ask_from(ATTACKER, "other@example.com").status_code == 200  # DynamoDB may not have deleted it yet
    assert [mail.to for mail in inbox()] == [["other@example.com"], ["third@example.com"], [ADDRESS]]


def test_the_response_is_that_of_a_used_up_quota(by, settings):
    ask_from(ATTACKER)
    block(by)
    blocked = ask_from(ATTACKER, "other@example.com")
    settings.OTP_SENDS_PER_IP = 0
    limited = ask_from("198.51.100.9", "other@example.com")
    bodies = [{**each.json(), "retry_after": 0} for each in (blocked, limited)]
    assert bodies[0] == bodies[1]


def test_a_code_that_was_sent_before_still_signs_in(by):
    ask_from(ATTACKER)
    block(by)
    assert answer(mailed_code()).status_code == 200


def test_a_block_and_its_lifting_are_audited(by):
    ask_from(ATTACKER)
    block(by)
    staff.unblock(Caller(ATTACKER).ip_hash, by=by)
    assert ask_from(ATTACKER, "other@example.com").status_code == 200
    found = AuditEntry.objects.filter(actor=by.pk).order_by("-created_at")
    name = Caller(ATTACKER).ip_hash[:8]
    assert {(each.action, each.kind, each.name) for each in found} == {
        ("block", "block", name),
        ("unblock", "block", name),
    }


def test_a_new_block_replaces_the_old_one(by):
    ask_from(ATTACKER)
    block(by, 3600)
    block(by, 60)
    assert Block.objects.get(pk=Caller(ATTACKER).ip_hash).until == timezone.now() + timedelta(seconds=60)


def test_staff_cannot_block_their_own_network(by):
    ask()
    with pytest.raises(acting.Refused, match="your own network"):
        block(by)


@pytest.mark.parametrize(
    "act", [lambda by: staff.unblock("f00d", by=by), lambda by: staff.block("x y", by=by, seconds_=1, own="")]
)
def test_nothing_to_block_and_nothing_to_unblock(by, act):
    with pytest.raises(acting.Refused):
        act(by)


def test_a_send_reads_the_block_in_its_one_request(requests_log):
    ask()
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems", "PutItem"]
    requested = requests_log.requests[0][1]["RequestItems"]["otp_blocks"]
    assert requested == {"Keys": [{"ip_hash": {"S": Caller(HERE).ip_hash}}], "ConsistentRead": True}
