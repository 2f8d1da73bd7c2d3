"""Users' actions on their own account. The next holder of an address gets nothing of a former account."""

import pytest
from django.test import Client

from otp.accounts import own
from otp.dynamo.operations import get
from otp.exceptions import Unavailable
from otp.models import Account, Address
from tests.support.accounts import account_at, change_account, member
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
    exported = own.export(sign_up(clock, "next"))
    assert {each["user_agent"] for each in exported["log"] + exported["sessions"]} == {"next"}
    assert sorted(each["outcome"] for each in exported["log"]) == ["otp_invalid", "otp_sent", "otp_verified"]


def test_an_export_begins_with_the_code_that_created_the_account(clock):
    exported = own.export(sign_up(clock, "probe/1"))
    assert len(exported["log"]) == 3
    assert exported["account"]["addresses"] == [ADDRESS]
    assert [each["kind"] for each in exported["sessions"]] == ["browser"]
    assert [len(each["codes_sent_at"]) for each in exported["addresses"]] == [1]


def test_an_account_of_two_addresses_is_one_account(clock, settings):
    """With either address. Ending its sessions ends the known browsers of both."""
    settings.OTP_SMS, settings.OTP_SMS_COUNTRIES, settings.OTP_SMS_DOMAIN = True, ["AU"], "otp.example"
    account = member(ADDRESS)
    change_account(ADDRESS, addresses=[ADDRESS, PHONE])
    Address.objects.create(
        address=PHONE,
        account=account.pk,
        epoch=account.session_epoch,
        joined_at=get(Address, ADDRESS).joined_at,
        expires_at=get(Address, ADDRESS).expires_at,
    )
    ask()
    assert answer(mailed_code()).status_code == 200
    assert account_at(PHONE) == account_at(ADDRESS) == account
    own.sign_out_everywhere(account_at(PHONE))
    epoch = account_at(ADDRESS).session_epoch
    assert {get(Address, address).epoch for address in (ADDRESS, PHONE)} == {epoch}
    own.delete(account_at(ADDRESS))
    assert account_at(PHONE) is None
    assert get(Address, PHONE).account is None


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
