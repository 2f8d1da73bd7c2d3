"""Back, reload, double clicks, second tabs and the countdown behave as users expect, and send no extra mail."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ask, code_in_inbox

pytestmark = pytest.mark.browser

OTHER = "other@example.com"


@pytest.fixture
def no_cooldown(settings):
    """No cooldown, so that only the page prevents a second mail."""
    settings.OTP_SEND_WINDOWS = (0,)


def test_back_and_reload_send_nothing(page, inbox, no_cooldown):
    page.goto("/")
    ask(page)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.reload()
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    assert len(inbox()) == 1
    page.get_by_label("Code").fill(code_in_inbox(page))
    expect(page).to_have_url(re.compile("/account/$"))


def test_back_after_signing_in_stays_signed_in(page, inbox):
    page.goto("/")
    ask(page)
    page.get_by_label("Code").fill(code_in_inbox(page))
    page.wait_for_url("**/account/")
    for _ in range(2):
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    assert len(inbox()) == 1


def test_back_after_signing_out_shows_no_account(page):
    page.goto("/")
    ask(page)
    page.get_by_label("Code").fill(code_in_inbox(page))
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator(".notice")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_a_double_click_sends_one_mail_and_makes_one_attempt(open_browser, inbox, javascript, no_cooldown):
    page = open_browser(java_script_enabled=javascript)
    page.goto("/")
    page.get_by_label("Email address").fill("person@example.com")
    page.get_by_role("button", name="Email me a code").dblclick()
    page.wait_for_url("**/verify/")
    assert len(inbox()) == 1
    code = code_in_inbox(page)
    if not javascript:  # with JavaScript, the code is submitted before anyone can click
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Sign in").dblclick()
        expect(page).to_have_url(re.compile("/account/$"))


def test_two_tabs_with_two_addresses_each_take_their_own_code(page, inbox):
    page.goto("/")
    ask(page)
    tab = page.context.new_page()
    tab.goto("/")
    ask(tab, OTHER)
    assert len(inbox()) == 2
    page.get_by_label("Code").fill(code_in_inbox(page))
    expect(page.get_by_text("person@example.com")).to_be_visible()
    tab.get_by_label("Code").fill(code_in_inbox(tab, OTHER))
    expect(tab.get_by_role("heading", name="Your account", exact=True)).to_be_visible()


def test_the_resend_button_counts_down_and_then_sends(page, inbox, settings):
    settings.OTP_SEND_WINDOWS = (2, 60)
    page.goto("/")
    ask(page)
    button = page.get_by_role("button", name="Send a new code", exact=True)
    expect(button).to_be_disabled()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"0:0\d"))
    expect(button).to_be_enabled()
    button.click()
    expect(page.get_by_text("We sent a new code to person@example.com")).to_be_visible()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"1:00|0:5\d"))
    assert len(inbox()) == 2


def test_without_javascript_a_sentence_says_when_another_code_can_be_sent(open_browser, inbox):
    page = open_browser(java_script_enabled=False)
    page.goto("/")
    ask(page)
    expect(page.get_by_text("You can get a new code in")).to_be_visible()
    page.get_by_role("button", name="Send a new code").click()
    expect(page.locator(".notice")).to_contain_text("The one you have still works.")
    assert len(inbox()) == 1
    page.get_by_label("Code").fill(code_in_inbox(page))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/account/$"))
