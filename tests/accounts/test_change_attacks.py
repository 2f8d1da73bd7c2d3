"""Changing an address: mistakes, and attackers with a session and one of the two mailboxes (threat 31)."""

import pytest

from otp.accounts import change as changing
from otp.accounts.change import Change
from otp.dynamo.operations import get
from otp.exceptions import (
    AddressTaken,
    CodeInvalid,
    CodeNotFound,
    OTPError,
)
from otp.models import Address
from otp.signin import sessions
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, answer, ask, mailed_code, other_than, sent_to
from tests.support.changes import CALLER, NEW, browser_of, confirm, proved

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def account():
    return member(ADDRESS)


def test_a_code_to_change_signs_nobody_in(account):
    """Nor does one to sign in change anything."""
    change = proved(browser_of(account))
    for address in (NEW, ADDRESS):
        assert answer(mailed_code(address), address).status_code == 404
        Address.objects.filter(pk=address).update(sends=[])
        ask(address)
    with pytest.raises(CodeInvalid):
        confirm(change)
    assert account_at(ADDRESS)


def test_guesses_by_the_api_with_the_subject_as_challenge_use_up_no_attempts_of_a_change(account):
    change = proved(browser_of(account))
    for address in (NEW, ADDRESS):
        guessed = [answer("000000", address, challenge=account.pk).status_code for _ in range(6)]
        assert guessed == [404] * 6, "nobody learns either that a change is under way"
    confirm(change)
    assert account_at(NEW).pk == account.pk


def test_an_attacker_with_a_session_and_the_new_mailbox_alone_changes_nothing(account):
    change = proved(browser_of(account))
    with pytest.raises(CodeInvalid):
        changing.confirm(change, mailed_code(NEW), caller=CALLER)
    for _ in range(5):
        with pytest.raises(OTPError):
            changing.confirm(change, other_than(mailed_code(ADDRESS)), caller=CALLER)
    with pytest.raises(OTPError):
        confirm(change)
    assert account_at(ADDRESS)
    assert account_at(NEW) is None


def test_an_attacker_with_a_session_and_the_old_mailbox_alone_moves_it_to_no_address_of_somebody_else(account):
    change = Change(sessions.account_of(browser_of(account).session["_auth_user_id"]), NEW)
    changing.send(change, NEW, caller=CALLER)
    changing.send(change, ADDRESS, caller=CALLER)
    with pytest.raises(CodeNotFound):
        confirm(change)
    with pytest.raises(CodeInvalid):
        changing.prove(change, mailed_code(ADDRESS), caller=CALLER)
    assert account_at(NEW) is None


def test_the_proof_of_one_account_is_none_of_another_s(account):
    proved(browser_of(account))
    attacker = member("attacker@example.com")
    stolen = Change(sessions.account_of(browser_of(attacker).session["_auth_user_id"]), NEW)
    changing.send(stolen, "attacker@example.com", caller=CALLER)
    with pytest.raises(CodeNotFound):
        confirm(stolen)


def test_a_proof_lapses_with_its_code(account, clock):
    change = proved(browser_of(account))
    clock.shift(899)
    Address.objects.filter(pk=ADDRESS).update(sends=[])
    changing.send(change, ADDRESS, caller=CALLER)
    clock.shift(1)
    with pytest.raises(CodeNotFound):
        confirm(change)


def test_only_somebody_who_reads_its_mail_learns_that_an_address_is_taken(account):
    member(NEW)
    change = Change(sessions.account_of(browser_of(account).session["_auth_user_id"]), NEW)
    changing.send(change, NEW, caller=CALLER)
    with pytest.raises(CodeInvalid):
        changing.prove(change, other_than(mailed_code(NEW)), caller=CALLER)
    with pytest.raises(AddressTaken):
        changing.prove(change, mailed_code(NEW), caller=CALLER)


@pytest.mark.parametrize("taken", [True, False])
def test_requesting_a_change_does_not_reveal_whether_an_address_is_taken(account, requests_log, taken):
    """The same requests and answers either way."""
    if taken:
        member(NEW)
    change = Change(sessions.account_of(browser_of(account).session["_auth_user_id"]), NEW)
    requests_log.clear()
    sent = changing.send(change, NEW, caller=CALLER)
    assert (sent.expires_in, sent.retry_after) == (900, 60)
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems", "PutItem"]
    assert sent_to(NEW)
    with pytest.raises(CodeInvalid) as refusal:
        changing.prove(change, other_than(mailed_code(NEW)), caller=CALLER)
    assert refusal.value.attempts_left == 5


def test_a_send_points_the_new_address_to_no_account(account):
    """So a change that isn't ended leaves nothing behind for whoever signs up there."""
    change = Change(sessions.account_of(browser_of(account).session["_auth_user_id"]), NEW)
    changing.send(change, NEW, caller=CALLER)
    assert get(Address, NEW).account is None
