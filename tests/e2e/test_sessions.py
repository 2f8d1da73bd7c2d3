"""A user with two browsers, and a thief with a copy of a session cookie."""

import re

import pytest
from playwright.sync_api import expect

from otp.models import Address
from tests.e2e.conftest import enter
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
