"""Signing in with Chromium: with and without JavaScript, by mouse, keyboard and clipboard."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESK, PHONE, ask, code_in_inbox, enter
from tests.support.api import other_than

pytestmark = pytest.mark.browser

ADDRESS = "person@example.com"


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_from_the_address_to_the_account_and_out_again(open_browser, size, javascript):
    page = open_browser(viewport=size, java_script_enabled=javascript)
    page.goto("/")
    ask(page)
    expect(page.get_by_text(f"We sent a six-digit code to {ADDRESS}")).to_be_visible()
    page.get_by_label("Code").fill(code_in_inbox(page))
    if not javascript:
        page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/account/$"))
    expect(page.get_by_text(ADDRESS)).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator(".notice")).to_have_text("You have signed out.")
    page.goto("/account/")
    expect(page).to_have_url(re.compile("next=/account/"))


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
def test_by_keyboard_alone(open_browser, javascript):
    page = open_browser(java_script_enabled=javascript)
    page.goto("/")
    expect(page.get_by_label("Email address")).to_be_focused()
    page.keyboard.type(ADDRESS)
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify/")
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(code_in_inbox(page))
    if not javascript:
        page.keyboard.press("Enter")
    page.wait_for_url("**/account/")
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    page.keyboard.press("Tab")  # skips the site's name
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_have_text("You have signed out.")


def test_a_code_is_pasted_as_mails_write_it(open_browser):
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/")
    ask(page)
    code = code_in_inbox(page)
    page.evaluate("text => navigator.clipboard.writeText(text)", f"{code[:3]} {code[3:]}")
    page.get_by_label("Code").press("ControlOrMeta+v")
    expect(page).to_have_url(re.compile("/account/$"))


def test_a_code_is_pasted_with_the_sentence_around_it(open_browser):
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/")
    ask(page)
    page.evaluate("text => navigator.clipboard.writeText(text)", f"{code_in_inbox(page)} is your code, for 15 minutes.")
    page.get_by_label("Code").press("ControlOrMeta+v")
    expect(page).to_have_url(re.compile("/account/$"))


def test_a_wrong_code_says_so_where_the_focus_is(page):
    page.goto("/")
    ask(page)
    code = code_in_inbox(page)
    page.get_by_label("Code").fill(other_than(code))
    field = page.get_by_label("Code")
    expect(field).to_have_accessible_description(re.compile("That code isn't right. You have 5 tries left."))
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    field.fill(code)
    expect(page).to_have_url(re.compile("/account/$"))


def test_a_code_is_submitted_once_even_if_enter_follows(page):
    page.goto("/")
    ask(page)
    page.evaluate("""() => {
      window.held_back = [];
      document.querySelector("form:has(.code)").addEventListener("submit", (event) => {
        held_back.push(event.defaultPrevented);
        event.preventDefault();
      });
    }""")
    field = page.get_by_label("Code")
    field.press_sequentially(code_in_inbox(page))
    field.press("Enter")
    assert page.evaluate("held_back") == [False, True]


def test_a_malformed_address_says_so_where_the_focus_is(page):
    page.goto("/")
    page.get_by_label("Email address").fill("person@localhost")
    page.keyboard.press("Enter")
    field = page.get_by_label("Email address")
    expect(field).to_have_accessible_description(re.compile("Enter a valid email address"))
    expect(field).to_be_focused()
    expect(field).to_have_value("person@localhost")


def test_the_inbox_is_one_click_away(page):
    page.goto("/")
    ask(page)
    code = code_in_inbox(page)
    page.get_by_role("link", name="inbox").click()
    expect(page.get_by_text(f"{code} is your code")).to_be_visible()


def test_next_leads_back_to_the_requested_page(page):
    page.goto("/account/delete/")
    ask(page)
    page.get_by_label("Code").fill(code_in_inbox(page))
    expect(page).to_have_url(re.compile("/account/delete/$"))


def test_signing_out_everywhere_else_ends_the_other_browser(open_browser, settings):
    settings.OTP_SEND_WINDOWS = (0,)
    here, there = open_browser(), open_browser(viewport=DESK)
    for page in (here, there):
        page.goto("/")
        ask(page)
        page.get_by_label("Code").fill(code_in_inbox(page))
        page.wait_for_url("**/account/")
    here.reload()
    here.get_by_role("button", name="Sign out everywhere else").click()
    expect(here.locator(".notice")).to_have_text("You have signed out everywhere else.")
    there.reload()
    expect(there.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_export_arrives_as_a_file(page):
    page.goto("/")
    ask(page)
    page.get_by_label("Code").fill(code_in_inbox(page))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()
    assert download.value.suggested_filename == "account.json"
    assert json.loads(download.value.path().read_text())["account"]["addresses"] == [ADDRESS]


def test_after_the_session_has_ended_the_export_leads_to_the_sign_in_and_back_to_the_account(page):
    enter(page)
    page.context.clear_cookies()
    page.get_by_role("link", name="Download my data").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    ask(page, "another@example.com")
    page.get_by_label("Code").fill(code_in_inbox(page, "another@example.com"))
    expect(page).to_have_url(re.compile("/account/$"))


def test_an_account_is_deleted_after_a_confirmation(page):
    page.goto("/")
    ask(page)
    page.get_by_label("Code").fill(code_in_inbox(page))
    page.get_by_role("link", name="Delete my account").click()
    page.get_by_role("button", name="Delete my account").click()
    expect(page.locator(".notice")).to_have_text("Your account has been deleted.")
