"""A user with two browsers, and a thief with a copy of a session cookie."""

import re

import pytest
from playwright.sync_api import expect

from otp.models import Address
from tests.e2e.conftest import code_in_inbox, enter
from tests.support.api import ADDRESS

pytestmark = pytest.mark.browser


def test_signing_out_in_one_browser_ends_copied_cookies_and_keeps_the_other_session(open_browser):
    here = open_browser()
    enter(here)
    Address.objects.filter(pk=ADDRESS).update(sends=[])  # no cooldown
    elsewhere = open_browser()
    enter(elsewhere)
    thief = open_browser()
    thief.context.add_cookies(here.context.cookies())
    thief.goto("/account/")
    expect(thief.get_by_text(ADDRESS)).to_be_visible()

    here.get_by_role("button", name="Sign out", exact=True).click()
    expect(here.get_by_text("You have signed out.")).to_be_visible()
    thief.goto("/account/")
    expect(thief).to_have_url(re.compile(r"/\?next=/account/$"))
    elsewhere.goto("/account/")
    expect(elsewhere.get_by_text(ADDRESS)).to_be_visible()


def test_one_browser_ends_the_other_and_moves_the_account_to_another_address(open_browser, settings):
    settings.OTP_SEND_WINDOWS = (0,)
    here, elsewhere = open_browser(), open_browser()
    enter(here)
    assert len(mails_to(here, ADDRESS)) == 1, "the code: an account's first sign-in sends no notice"
    enter(elsewhere)
    assert "There was a sign-in to your account" in mails_to(here, ADDRESS)[0]
    here.reload()
    here.get_by_role("button", name=re.compile("Sign out: ")).click()
    expect(here.get_by_text("That session has ended.")).to_be_visible()
    elsewhere.goto("/account/")
    expect(elsewhere).to_have_url(re.compile(r"/\?next=/account/$"))

    here.get_by_role("link", name="Change address").click()
    here.get_by_label("Email address").fill("new@example.com")
    here.get_by_role("button", name="Email me a code").click()
    expect(here.get_by_text("new@example.com")).to_be_visible()
    here.get_by_label("Code").fill(code_in_inbox(here, "new@example.com"))
    expect(here.get_by_text("Now enter the code that we sent to your current address.")).to_be_visible()
    here.get_by_label("Code").fill(code_in_inbox(here, ADDRESS))
    expect(here.get_by_text("Your address has been changed.")).to_be_visible()

    assert "somewhere else" in mails_to(here, ADDRESS)[0]
    subject = here.request.get("/account/export/").json()["account"]["subject"]
    enter(elsewhere)
    assert elsewhere.request.get("/account/export/").json()["account"]["subject"] != subject


def mails_to(page, address):
    """The texts of the mails to an address, newest first."""
    inbox = page.request.get("/inbox/", headers={"Accept": "application/json"}).json()["messages"]
    return [mail["text"] for mail in inbox if mail["to"] == [address]]
