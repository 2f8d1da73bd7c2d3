"""Users' actions on their own account. The next holder of an address gets nothing of a former account."""

import pytest
from django.test import Client
from django.utils import timezone

from otp.accounts import own, staff
from otp.accounts.export import export
from otp.dynamo.operations import get
from otp.exceptions import Unavailable
from otp.models import Account, Address, Session
from otp.signin import sessions
from tests.support import entries, faults, stored
from tests.support.accounts import account_at, add_address, change_account, member
from tests.support.api import ADDRESS, answer, ask, at_once, mailed_code, other_than
from tests.support.faults import faulty
from tests.support.pages import request_code, submit

pytestmark = pytest.mark.slow

PHONE = "+61412345678"


def sign_up(clock, agent):
    """Sign up by page, after a wrong attempt, with that user agent."""
    browser = Client(headers={"User-Agent": agent})
    page = request_code(browser)
    page = submit(browser, page, code=other_than(mailed_code()))
    submit(browser, page, code=mailed_code())
    clock.shift(100)
    return account_at(ADDRESS)


def test_the_next_holder_of_an_address_exports_nothing_of_the_former_one(clock):
    own.delete(sign_up(clock, "former"))
    exported = export(sign_up(clock, "next"))
    assert {each["user_agent"] for each in exported["log"] + exported["sessions"]} == {"next"}
    assert sorted(each["outcome"] for each in exported["log"]) == ["otp_invalid", "otp_sent", "otp_verified"]


def test_nor_when_codes_were_sent_to_the_former_one(clock):
    own.delete(sign_up(clock, "former"))
    exported = export(sign_up(clock, "next"))
    assert [len(each["codes_sent_at"]) for each in exported["addresses"]] == [1]
    assert len(get(Address, ADDRESS).sends) == 2


def test_an_export_has_the_codes_that_are_stored_and_what_staff_did(clock):
    account = sign_up(clock, "probe/1")
    boss = member("boss@example.com", role=Account.Role.STAFF)
    staff.unlock(ADDRESS, by=boss)
    staff.sign_out_everywhere(account.pk, by=boss)
    exported = export(account_at(ADDRESS))
    assert [(each["status"], each["attempts"]) for each in exported["codes"]] == [("VERIFIED", 1)]
    assert [each["action"] for each in exported["done_by_staff"]] == ["sign_out", "unlock"]
    assert "boss" not in str(exported)


def test_an_export_begins_with_the_code_that_created_the_account(clock):
    exported = export(sign_up(clock, "probe/1"))
    assert len(exported["log"]) == 3
    assert exported["account"]["addresses"] == [ADDRESS]
    assert [each["kind"] for each in exported["sessions"]] == ["browser"]
    assert [len(each["codes_sent_at"]) for each in exported["addresses"]] == [1]


def test_an_account_of_two_addresses_is_one_account(clock, settings):
    """With either address. Ending its sessions ends the known browsers of both."""
    settings.OTP_SMS, settings.OTP_SMS_COUNTRIES, settings.OTP_SMS_DOMAIN = True, ["AU"], "otp.example"
    account = member(ADDRESS)
    add_address(account, PHONE)
    ask()
    assert answer(mailed_code()).status_code == 200
    assert account_at(PHONE) == account_at(ADDRESS) == account
    own.sign_out_everywhere(account_at(PHONE))
    epoch = account_at(ADDRESS).session_epoch
    assert {get(Address, address).epoch for address in (ADDRESS, PHONE)} == {epoch}
    own.delete(account_at(ADDRESS))
    assert account_at(PHONE) is None
    assert get(Address, PHONE).account is None


def test_after_a_deletion_the_log_says_what_happened_and_not_to_whom(clock):
    account = sign_up(clock, "probe/1")
    before = stored.items("otp_log")
    own.delete(account)
    assert stored.items("otp_sessions") == stored.items("otp_accounts") == []
    left = stored.items("otp_log")
    assert len(left) == len(before) == 3
    for entry in left:
        assert entry["address"] == "deleted"
        assert not entry.get("user_agent")
        assert "account" not in entry
    assert ADDRESS not in str(left)
    for name in ("outcome", "ip_hash", "id", "expires_at"):
        assert sorted(each[name] for each in left) == sorted(each[name] for each in before)
    assert get(Address, ADDRESS).account is None


def test_a_log_of_more_entries_than_a_transaction_takes_is_forgotten_as_well(clock):
    account = member(ADDRESS)
    entries.log(*(entries.entry(timezone.now(), address=ADDRESS) for _ in range(120)))
    own.delete(account)
    assert {each["address"] for each in stored.items("otp_log")} == {"deleted"}
    assert len(stored.items("otp_log")) == 120


@pytest.mark.parametrize("nth", range(3))
def test_a_deletion_that_fails_in_between_may_be_repeated(clock, nth):
    account = sign_up(clock, "probe/1")
    sessions.begin(account, "another")
    account.session = next(iter(Session.objects.filter(subject=account.pk, user_agent="probe/1")))
    operation, answers = [
        ("TransactWriteItems", [faults.refused] * 9),
        ("DeleteItem", [faults.refused] * 9),
        ("TransactWriteItems", [lambda request, send: send(request), *[faults.refused] * 9]),
    ][nth]
    with faulty(operation, *answers), pytest.raises(Unavailable):
        own.delete(account)
    assert sessions.account_of(account.session.pk), "whoever deletes is signed in still, and may try again"
    own.delete(account)
    assert stored.items("otp_sessions") == stored.items("otp_accounts") == []
    assert {each["address"] for each in stored.items("otp_log")} == {"deleted"}


def test_a_superuser_who_has_to_stay_keeps_all(clock):
    boss = member(ADDRESS, role=Account.Role.SUPERUSER)
    sessions.begin(boss, "")
    entries.log(entries.entry(timezone.now(), address=ADDRESS))
    with pytest.raises(own.LastSuperuser):
        own.delete(boss)
    assert len(stored.items("otp_sessions")) == 1
    assert stored.items("otp_log")[0]["address"] == ADDRESS


def test_the_only_superuser_stays():
    boss = member("boss@example.com", role=Account.Role.SUPERUSER)
    member("viewer@example.com", role=Account.Role.VIEWER)
    member("gone@example.com", role=Account.Role.SUPERUSER, is_active=False)
    with pytest.raises(own.LastSuperuser):
        own.delete(boss)
    assert get(Account, boss.pk)
    member("other@example.com", role=Account.Role.SUPERUSER)
    own.delete(boss)
    assert get(Account, boss.pk) is None


def test_of_two_superusers_who_delete_themselves_at_once_one_remains(storage):
    bosses = [member(f"boss{n}@example.com", role=Account.Role.SUPERUSER) for n in range(2)]
    left = iter(bosses)

    def leave():
        try:
            own.delete(next(left))
        except (own.LastSuperuser, Unavailable) as refusal:
            return type(refusal)

    at_once(2, leave)
    assert [each for each in bosses if get(Account, each.pk)]


def test_the_page_says_so(client):
    client.force_login(member(ADDRESS, role=Account.Role.SUPERUSER))
    page = client.post("/account/delete/", follow=True)
    assert "You are the only superuser." in page.text
    assert client.get("/account/").status_code == 200


def test_a_deletion_checks_whether_the_user_has_just_become_a_superuser():
    account = member(ADDRESS)
    change_account(ADDRESS, role=Account.Role.SUPERUSER)
    with pytest.raises(Unavailable):
        own.delete(account)
    assert account_at(ADDRESS)


def test_deleting_twice_is_no_error():
    account = member(ADDRESS)
    for _ in range(2):
        own.delete(account)
    assert account_at(ADDRESS) is None


def test_an_account_deleted_during_a_send_leaves_no_usable_code(clock):
    """The account is deleted between the send's two requests: the record expires normally, and the code is refused."""
    account = member(ADDRESS)

    def deleted_meanwhile(request, send):
        own.delete(account)
        return send(request)

    with faulty("TransactWriteItems", deleted_meanwhile):
        assert ask().status_code == 200
    record = get(Address, ADDRESS)
    assert record.account != account.pk
    assert record.expires_at.year < 9999
    assert answer(mailed_code()).status_code == 404
    assert account_at(ADDRESS) is None
    clock.shift(60)
    ask()
    assert answer(mailed_code()).status_code == 200
    assert account_at(ADDRESS).pk == record.account
