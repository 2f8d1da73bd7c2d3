"""Changing an address, at the storage: what it writes, who may move where, and addresses that bounce."""

import pytest

from otp.accounts import acting, own, staff
from otp.accounts import change as changing
from otp.accounts.change import Change
from otp.accounts.export import export
from otp.delivery import suppressions
from otp.dynamo.operations import get
from otp.exceptions import (
    OTPError,
)
from otp.models import Account, Address
from otp.signin import sessions
from tests.support import stored
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, answer, ask, mailed_code, sent_to
from tests.support.changes import CALLER, NEW, browser_of, confirm, is_whole, proved
from tests.support.pages import is_in

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]


@pytest.fixture
def account():
    return member(ADDRESS)


def test_it_is_an_attempt_and_one_transaction(account, requests_log):
    change = proved(browser_of(account))
    requests_log.clear()
    confirm(change)
    assert requests_log.operations == ["UpdateItem", "TransactWriteItems", "GetItem"]  # the last is the notice's
    writes = requests_log.requests[1][1]["TransactItems"]
    tables = sorted(next(iter(write.values()))["TableName"] for write in writes if "Put" not in write)
    assert tables == ["otp_accounts", "otp_addresses", "otp_addresses", "otp_sessions", "otp_users", "otp_users"]
    assert all("ConditionExpression" in next(iter(write.values())) for write in writes if "Put" not in write)


def test_the_account_stays_the_same_and_the_old_address_is_free(account):
    here, elsewhere = browser_of(account), browser_of(account)
    confirm(proved(here))
    assert account_at(NEW).pk == account.pk
    assert account_at(NEW).addresses == [NEW]
    assert account_at(ADDRESS) is None
    assert get(Address, ADDRESS).account is None
    assert get(Address, ADDRESS).expires_at.year < 9999
    assert get(Address, NEW).expires_at.year == 9999
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert is_whole()


def test_a_code_on_its_way_to_the_old_address_opens_nothing(account):
    change = proved(browser_of(account))
    Address.objects.filter(pk=ADDRESS).update(sends=[])
    ask()
    on_its_way, of_change = mailed_code(), change
    Address.objects.filter(pk=ADDRESS).update(sends=[])
    changing.send(of_change, ADDRESS, caller=CALLER)
    confirm(of_change)
    assert answer(on_its_way).status_code == 404
    assert account_at(ADDRESS) is None


def test_the_log_has_it_under_both_addresses_and_the_export_reads_both(account):
    confirm(proved(browser_of(account)))
    exported = export(account_at(NEW))
    outcomes = {(each["address"], each["outcome"]) for each in exported["log"]}
    assert {(ADDRESS, "address_changed"), (NEW, "address_changed"), (ADDRESS, "otp_sent")} <= outcomes
    assert exported["account"]["former_addresses"] == [ADDRESS]


def test_a_deletion_forgets_the_former_address_too_and_nobody_else_s_entries(account):
    confirm(proved(browser_of(account)))
    Address.objects.filter(pk=ADDRESS).update(sends=[])
    ask()
    own.delete(account_at(NEW))
    left = {(each["address"], each["outcome"]) for each in stored.items("otp_log") if each["address"] != "deleted"}
    assert left == {(ADDRESS, "otp_sent")}, "whoever has that address now was just sent a code"


def test_back_and_forth_leaves_one_account(account):
    here = browser_of(account)
    confirm(proved(here))
    confirm(proved(here, ADDRESS))
    assert account_at(ADDRESS).pk == account.pk
    assert (account_at(ADDRESS).addresses, account_at(ADDRESS).former) == ([ADDRESS], {NEW})
    assert is_whole()


@pytest.mark.parametrize(
    ("signup", "new", "mailed"),
    [
        (["open"], NEW, True),
        (["closed"], NEW, True),
        (["example.com"], NEW, True),
        (["example.com"], "new@example.org", False),
    ],
)
def test_members_stay_within_the_domains_that_may_sign_up(account, settings, signup, new, mailed):
    settings.OTP_SIGNUP = signup
    change = Change(sessions.account_of(browser_of(account).session["_auth_user_id"]), new)
    changing.send(change, new, caller=CALLER)
    assert sent_to(new) == mailed


def test_who_was_there_before_the_domains_were_set_may_still_be_asked(settings):
    here = browser_of(member("old@example.org"))
    settings.OTP_SIGNUP = ["example.com"]
    confirm(proved(here))
    assert account_at(NEW)


def bounced(address):
    suppressions.suppress(address, suppressions.Reason.BOUNCE)


def allowed(account):
    staff.allow_move(account.pk, by=member("boss@example.com", role=Account.Role.STAFF))


def unasked(browser):
    """A change whose new address is proved, and whose old one wasn't asked."""
    change = Change(sessions.account_of(browser.session["_auth_user_id"]), NEW)
    Address.objects.filter(pk=NEW).update(sends=[])
    changing.send(change, NEW, caller=CALLER)
    changing.prove(change, mailed_code(NEW), caller=CALLER)
    return change


def test_staff_allow_an_address_that_bounces_to_be_left_once(account):
    bounced(ADDRESS)
    allowed(account)
    here = browser_of(account)
    change = unasked(here)
    assert not changing.can_reach_current(change)
    assert changing.has_permission(change)
    changing.change_by_permission(change, caller=CALLER)
    assert account_at(NEW).pk == account.pk
    assert account_at(NEW).move_until is None
    assert is_whole()


def test_staff_allow_no_address_to_be_left_that_can_be_asked(account):
    with pytest.raises(acting.Refused, match="Mail to it doesn't come back"):
        allowed(account)


@pytest.mark.parametrize("why", ["not allowed", "too late", "mail arrives again"])
def test_without_that_it_is_not_left(account, clock, why):
    bounced(ADDRESS)
    if why != "not allowed":
        allowed(account)
    change = unasked(browser_of(account))
    if why == "too late":
        clock.shift(86401)
        change = unasked(browser_of(account))
        assert not changing.has_permission(change)
    if why == "mail arrives again":
        staff.lift_suppression(ADDRESS, by=account_at("boss@example.com"))
    with pytest.raises(OTPError):
        changing.change_by_permission(change, caller=CALLER)
    assert account_at(ADDRESS)
