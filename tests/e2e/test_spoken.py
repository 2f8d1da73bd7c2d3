"""What a screen reader announces: the title, the focused element, and changes of an open page."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ask, begin, code_in_inbox, enter
from tests.e2e.states import later, press, submit_code
from tests.support.api import other_than

pytestmark = pytest.mark.browser

MINUTE = 60_000  # ms


def test_a_notice_is_in_the_title_and_is_announced(page):
    enter(page)
    said = "You're signed in. On a shared computer, sign out when you're done."
    expect(page).to_have_title(re.compile(f"^{re.escape(said)} · Your account · "))
    expect(page.get_by_role("status")).to_have_text(said)
    press(page.get_by_role("button", name="Sign out", exact=True))
    expect(page).to_have_title(re.compile(r"^You have signed out\. · Sign in · "))
    expect(page.get_by_role("status")).to_have_text("You have signed out.")


def test_without_a_notice_nothing_is_announced(page):
    begin(page)
    expect(page.get_by_role("status")).to_have_text("")
    expect(page.get_by_role("status")).to_have_count(1)


def test_after_the_last_attempt_the_focus_is_on_the_reason(page):
    begin(page)
    wrong = other_than(code_in_inbox(page))
    for _ in range(6):
        submit_code(page, wrong)
    expect(page).to_have_title(re.compile("^Error: That was the last try"))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("That was the last try")
    expect(heading).to_be_focused()
    expect(heading).to_have_accessible_description(re.compile("stops working after 6 wrong tries"))


def test_an_open_page_says_when_its_code_expires(page):
    page.clock.install()
    begin(page)
    page.clock.fast_forward(14 * MINUTE)
    expect(page.get_by_role("status")).to_have_text("")
    page.clock.fast_forward(MINUTE)
    expect(page.get_by_role("status")).to_have_text("This code has expired. Send a new one.")
    expect(page.locator(".error")).to_be_visible()


def test_the_field_of_the_code_describes_how_long_it_is_valid(page):
    begin(page)
    expect(page.get_by_label("Code")).to_have_accessible_description(
        "The code works once, for 15 minutes. It's checked as soon as you enter the sixth digit."
    )


def test_without_javascript_the_page_does_not_claim_that_the_sixth_digit_submits(open_browser):
    page = open_browser(java_script_enabled=False)
    begin(page)
    expect(page.get_by_text("sixth digit")).to_be_hidden()


def test_the_countdown_neither_interrupts_nor_renames_anything(page):
    page.clock.install()
    begin(page)
    timer, button = page.get_by_role("timer"), page.get_by_role("button", name="Send a new code", exact=True)
    expect(timer).to_have_text(re.compile(r"1:00|0:5\d"))
    page.clock.fast_forward(MINUTE // 2)
    expect(timer).to_have_text(re.compile(r"0:[23]\d"))
    expect(button).to_be_disabled()
    expect(page.get_by_role("status")).to_have_text("")
    page.clock.fast_forward(MINUTE)
    expect(page.get_by_text("You can get a new code now.")).to_be_visible()
    expect(button).to_be_enabled()


@pytest.mark.parametrize(
    ("language", "seconds", "words"),
    [
        ("en", 86_400, "24 hours"),
        ("en", 600, "10 minutes"),
        ("de", 86_400, "24 Stunden"),
        ("ar", 600, "10 دقائق"),
        ("hi", 86_400, "24 घंटे"),
    ],
)
def test_a_long_wait_is_written_in_words(open_browser, settings, language, seconds, words):
    settings.OTP_SEND_WINDOWS = (seconds,)
    page = open_browser(locale=language)
    page.goto("/")
    page.locator("input[name=email]").fill("person@example.com")
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify/")
    expect(page.locator("button[disabled]")).to_have_count(1)  # the script runs
    expect(page.get_by_role("timer")).to_have_text(words)


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_empty_field_is_refused_in_the_words_of_the_page(open_browser, language):
    page = open_browser(locale=language)
    page.goto("/")
    field = page.locator("input[name=email]")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    words = {"en": "Enter your email address.", "es": "Indique su correo electrónico."}
    expect(field).to_have_accessible_description(words[language])
    expect(field).to_be_focused()


@pytest.mark.parametrize("height", [256, 480, 640])
def test_the_focus_at_the_start_leaves_the_heading_in_view(open_browser, height):
    """256 CSS pixels are the height of a desktop window at 400 % zoom."""
    page = open_browser(viewport={"width": 320, "height": height})
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    begin(page)
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(page.get_by_label("Code")).to_be_focused()


def test_the_code_of_an_earlier_mail_gets_an_explanation(page):
    begin(page)
    with later(minutes=2):
        page.reload()
        press(page.get_by_role("button", name="Send a new code"))
        submit_code(page, other_than(code_in_inbox(page)))
    expect(page.get_by_label("Code")).to_have_accessible_description(
        re.compile("Only the code from the newest message works")
    )


def test_the_pages_of_two_addresses_have_different_titles(page):
    page.goto("/")
    expect(page).to_have_title(re.compile("^Sign in · "))
    ask(page)
    expect(page).to_have_title(re.compile("^Check your email · "))


def test_the_first_page_is_read_in_this_order(page):
    page.goto("/")
    expect(page.locator("body")).to_match_aria_snapshot("""
      - banner:
        - link:
          - /url: /
      - main:
        - heading "Sign in" [level=1]
        - paragraph: Enter your email address and we'll send you a six-digit code. You don't need a password.
        - text: Email address
        - textbox "Email address"
        - button "Email me a code"
      - contentinfo:
        - link "Help":
          - /url: mailto:help@otp.example
      - status
    """)


def test_the_account_is_read_in_this_order(page):
    enter(page)
    expect(page.get_by_role("banner").get_by_role("button")).to_have_text("Sign out")
    names = page.get_by_role("main").get_by_role("heading").all_inner_texts()
    assert names[0] == "Your account"
    regions = page.get_by_role("main").get_by_role("region")
    expect(regions).to_have_count(len(names) - 1)
    for name in names[1:]:
        expect(page.get_by_role("region", name=name, exact=True)).to_have_count(1)
