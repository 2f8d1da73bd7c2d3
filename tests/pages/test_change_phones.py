"""`/account/address/`, for numbers, and for addresses that can't be asked."""

import pytest
from django.test import Client

from otp.accounts import staff
from otp.delivery import suppressions
from otp.dynamo.operations import get
from otp.local.inbox import mails
from otp.models import Account, Address
from tests.support.accounts import account_at, add_address, member
from tests.support.api import ADDRESS
from tests.support.changes import NEW, START, begin, enter
from tests.support.pages import submit

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]

PHONE = "+61412345678"


@pytest.fixture
def by_phone(settings):
    settings.OTP_SMS, settings.OTP_SMS_COUNTRIES, settings.OTP_SMS_DOMAIN = True, ["AU"], "otp.example"


def notices_to(address):
    return [mail for mail in mails() if mail.to == [address] and "somewhere else" in mail.text]


# -- mail that comes back --------------------------------------------------------------------------


def test_with_a_current_address_that_bounces_a_change_needs_the_permission_of_staff(here):
    suppressions.suppress(ADDRESS, suppressions.Reason.BOUNCE)
    page = enter(here, begin(here), NEW)
    assert page.redirect_chain == [("/account/", 302)]
    assert "Email to your current address bounces" in page.text
    assert account_at(ADDRESS)
    staff.allow_move(account_at(ADDRESS).pk, by=member("boss@example.com", role=Account.Role.STAFF))
    Address.objects.filter(pk=NEW).update(sends=[])
    page = enter(here, begin(here), NEW)
    assert "Your address has been changed." in page.text
    assert account_at(NEW)


# -- phones ----------------------------------------------------------------------------------------


def test_a_number_is_added_by_a_code_there_and_one_by_mail(here, by_phone):
    assert "Add a mobile number" in here.get("/account/").text
    page = submit(here, here.get(f"{START}?by=phone"), 1, phone=PHONE)
    page = enter(here, page, PHONE)
    assert f"<bdi>{ADDRESS}</bdi>" in page.text
    page = enter(here, page, ADDRESS)
    assert page.redirect_chain == [("/account/", 302)]
    assert account_at(PHONE).addresses == [ADDRESS, PHONE]
    assert "Add a mobile number" not in here.get("/account/").text
    assert len(notices_to(ADDRESS)) == 1
    assert get(Address, PHONE).epoch == get(Address, ADDRESS).epoch == account_at(PHONE).session_epoch


def test_the_number_is_changed_by_a_code_to_the_old_number(by_phone, clock):
    account = member(ADDRESS)
    add_address(account, PHONE)
    browser = Client()
    browser.force_login(account_at(ADDRESS))
    new = "+61498765432"
    page = submit(browser, browser.get(f"{START}?by=phone"), 1, phone=new)
    page = enter(browser, page, new)
    assert f"<bdi>{PHONE}</bdi>" in page.text
    enter(browser, page, PHONE)
    assert account_at(new).addresses == [ADDRESS, new]
    assert account_at(PHONE) is None
    assert len(notices_to(ADDRESS)) == 1


def test_without_text_messages_no_number_is_offered(here):
    assert "by=phone" not in here.get("/account/").text
