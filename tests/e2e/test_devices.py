"""When a stranger has used up an address's sends, its owner can still sign in with a known browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ask, code_in_inbox, enter
from tests.support.api import ADDRESS
from tests.support.api import ask as ask_from_elsewhere

pytestmark = pytest.mark.browser


def test_a_known_browser_is_not_locked_out_and_others_are(open_browser):
    page = open_browser()
    enter(page)
    page.get_by_role("button", name="Sign out", exact=True).click()
    assert ask_from_elsewhere().status_code == 429

    other = open_browser()
    other.goto("/")
    other.get_by_label("Email address").fill(ADDRESS)
    other.get_by_role("button", name="Email me a code").click()
    expect(other.get_by_text("A code was sent to this address recently.")).to_be_visible()

    page.goto("/")
    ask(page)
    expect(page.get_by_text(f"We sent a six-digit code to {ADDRESS}")).to_be_visible()
    page.get_by_label("Code").fill(code_in_inbox(page))
    expect(page).to_have_url(re.compile("/account/$"))
