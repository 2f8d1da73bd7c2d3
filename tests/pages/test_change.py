"""`/account/address/`: somebody changes the address, or adds a number, on the pages."""

import pytest
from django.test import Client

from otp.accounts import staff
from otp.local.inbox import mails
from otp.models import Account, Address
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, mailed_code, other_than, sent_to
from tests.support.changes import NEW, START, VERIFY, begin, change_on_pages, enter, form_of
from tests.support.owners import send_from, spend_shared_budget
from tests.support.pages import copy_of, is_in, request_code, submit

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]

PHONE = "+61412345678"


def notices_to(address):
    return [mail for mail in mails() if mail.to == [address] and "somewhere else" in mail.text]


def test_the_address_is_changed_after_a_code_to_each(here):
    elsewhere = Client()
    elsewhere.force_login(account_at(ADDRESS))
    page = begin(here)
    assert f"We sent a six-digit code to <strong><bdi>{NEW}</bdi></strong>" in page.text
    page = enter(here, page, NEW)
    assert "Now enter the code that we sent to your current address." in page.text
    assert f"We sent a six-digit code to <strong><bdi>{ADDRESS}</bdi></strong>" in page.text
    page = enter(here, page, ADDRESS)
    assert page.redirect_chain == [("/account/", 302)]
    assert "Your address has been changed." in page.text
    assert f"<bdi>{NEW}</bdi>" in page.text
    assert not is_in(elsewhere)
    assert account_at(NEW).addresses == [NEW]


def test_the_old_address_gets_a_notice_and_no_longer_signs_in_to_the_account(here, clock):
    subject = account_at(ADDRESS).pk
    change_on_pages(here)
    (notice,) = notices_to(ADDRESS)
    assert not notices_to(NEW)
    for text in (notice.text, notice.html):
        assert NEW not in text
        assert "http" not in text.replace('charset="utf-8"', "")
    clock.shift(60)
    stranger = Client()
    submit(stranger, request_code(stranger), code=mailed_code())
    assert account_at(ADDRESS).pk != subject


def test_the_mail_with_the_code_says_what_it_is_for(here):
    begin(here)
    newest = mails()[0]
    assert newest.to == [NEW]
    for text in (newest.text, newest.html):
        assert "is your code to change where" in text
        assert "nothing changes without the code" in text


def test_this_browser_stays_the_account_s_device_with_the_new_address(here):
    change_on_pages(here)
    Address.objects.filter(pk=NEW).update(sends=[])
    here.post("/account/sign-out/")
    spend_shared_budget_of(NEW)
    assert send_from(here, NEW).status_code == 302


def spend_shared_budget_of(address):
    stranger = Client()
    assert send_from(stranger, address).status_code == 302
    assert send_from(Client(), address).status_code == 429


def test_who_signed_in_just_now_need_not_wait_for_the_old_address_s_code(clock):
    """The browser has a budget of its own by then."""
    browser = Client()
    submit(browser, request_code(browser), code=mailed_code())
    assert change_on_pages(browser).redirect_chain == [("/account/", 302)]


def test_strangers_who_have_spent_the_budget_do_not_keep_anybody_from_it(here):
    spend_shared_budget()
    assert change_on_pages(here).redirect_chain == [("/account/", 302)]


# -- mistakes --------------------------------------------------------------------------------------


def test_a_typo_costs_nothing_but_a_mail(here, clock):
    begin(here, "nwe@example.com")
    page = begin(here, NEW)
    page = enter(here, page, NEW)
    enter(here, page, ADDRESS)
    assert account_at(NEW)
    assert account_at("nwe@example.com") is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter your email address."),
        ("nobody", "Enter a valid email address"),
        (ADDRESS, "This is already your address."),
        (ADDRESS.upper(), "This is already your address."),
    ],
)
def test_what_can_be_no_new_address_is_said_beside_the_field(here, typed, words):
    page = begin(here, typed)
    assert page.status_code == 400
    assert words in page.text.replace("&#x27;", "'")


def test_a_wrong_code_is_counted_and_the_correct_one_works_after_it(here):
    page = begin(here)
    page = submit(here, page, form_of(page), code=other_than(mailed_code(NEW)))
    assert "You have 5 tries left." in page.text
    page = enter(here, page, NEW)
    page = submit(here, page, form_of(page), code=other_than(mailed_code(ADDRESS)))
    assert "You have 5 tries left." in page.text
    assert enter(here, page, ADDRESS).redirect_chain == [("/account/", 302)]


def test_an_address_of_another_account_is_said_after_its_code(here):
    member(NEW)
    page = begin(here)
    assert "We sent a six-digit code" in page.text
    page = enter(here, page, NEW)
    assert page.status_code == 409
    assert "This address belongs to another account." in page.text
    assert not notices_to(ADDRESS)


def test_a_second_click_on_either_button_finds_it_done(here):
    page = begin(here)
    first = enter(here, page, NEW)
    again = enter(here, page, NEW)
    assert (first.redirect_chain, again.redirect_chain) == ([(VERIFY, 302)], [(VERIFY, 302)])
    assert len([mail for mail in mails() if mail.to == [ADDRESS]]) == 2, "one to sign in, one to change"
    clicked = copy_of(here)
    code = mailed_code(ADDRESS)
    for browser in (here, clicked):
        done = submit(browser, first, form_of(first), code=code)
        assert done.redirect_chain == [("/account/", 302)]
        assert "Your address has been changed." in done.text
    assert len(notices_to(ADDRESS)) == 1


def test_a_change_that_took_too_long_begins_again(here, clock, settings):
    page = enter(here, begin(here), NEW)
    clock.shift(600)
    page = submit(here, page, -1)
    assert "We sent a new code" in page.text
    clock.shift(301)
    page = enter(here, page, ADDRESS)
    assert page.redirect_chain == [(START, 302)]
    assert "The code of the new address has expired. Start again." in page.text
    assert account_at(ADDRESS)


def test_a_code_that_has_expired_can_be_sent_anew(here, clock):
    page = begin(here)
    clock.shift(901)
    page = enter(here, page, NEW)
    assert "That code has expired" in page.text
    page = submit(here, page, -1)
    assert f"We sent a new code to <strong><bdi>{NEW}</bdi></strong>" in page.text
    assert enter(here, page, NEW).redirect_chain == [(VERIFY, 302)]


def test_without_a_change_begun_there_is_no_code_to_enter(here):
    assert here.get(VERIFY)["Location"] == START
    assert here.post(VERIFY, {"email": ADDRESS, "code": "000000"})["Location"] == START
    assert here.post(VERIFY, {"email": "stranger@example.com", "code": "000000"})["Location"] == START


@pytest.mark.parametrize("path", [START, VERIFY])
def test_nobody_does_it_without_being_signed_in(path):
    for answer in (Client().get(path), Client().post(path, {"email": NEW})):
        assert (answer.status_code, answer["Location"]) == (302, f"/?next={path}")
    assert not sent_to(NEW)


def test_a_deactivated_account_changes_nothing(here):
    page = enter(here, begin(here), NEW)
    boss = member("boss@example.com", role=Account.Role.STAFF)
    staff.deactivate(account_at(ADDRESS).pk, by=boss)
    enter(here, page, ADDRESS)
    assert account_at(NEW) is None
    assert account_at(ADDRESS)
