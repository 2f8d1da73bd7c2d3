"""While a form is on its way, it says so and isn't sent again; once it was stopped, it can be."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import begin, code_in_inbox

pytestmark = pytest.mark.browser

# What Stop leaves behind: the form was submitted, and the page is still there. (Playwright waits for a navigation that
# hangs, so a held answer can't be looked at.) Each entry of `submitted` says whether the page's script held it back.
STOP_EACH = """() => {
  window.submitted = [];
  window.stop_it = (event) => { submitted.push(event.defaultPrevented); event.preventDefault(); };
  addEventListener("submit", stop_it);
}"""
STOP_NO_MORE = "removeEventListener('submit', stop_it)"


@pytest.fixture
def page(open_browser):
    """A page whose clock goes on when it is told to."""
    page = open_browser()
    page.clock.install()
    return page


def test_a_code_that_was_stopped_can_be_sent_again(page):
    begin(page)
    page.evaluate(STOP_EACH)
    page.get_by_label("Code").fill(code_in_inbox(page))
    button = page.locator("form:has(.code) button")
    expect(button).to_have_text("Checking your code…")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("status")).to_have_text("Checking your code…")
    page.get_by_label("Code").press("Enter")
    assert page.evaluate("submitted") == [False, True]
    page.clock.fast_forward(5000)
    expect(button).to_have_text("Sign in")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    page.evaluate(STOP_NO_MORE)
    button.click()
    page.wait_for_url("**/account/")


def test_whoever_changes_the_code_has_stopped_it(page):
    begin(page)
    page.evaluate(STOP_EACH)
    field, button = page.get_by_label("Code"), page.locator("form:has(.code) button")
    field.fill("000000")
    expect(button).to_have_text("Checking your code…")
    field.fill("00000")
    expect(button).to_have_text("Sign in")
    field.fill("111111")
    assert page.evaluate("submitted") == [False, False]


def test_an_address_on_its_way_says_so(page):
    page.goto("/")
    page.evaluate(STOP_EACH)
    page.get_by_label("Email address").fill("person@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button")).to_have_text("Sending your code…")
    page.keyboard.press("Enter")
    assert page.evaluate("submitted") == [False, True]
    page.clock.fast_forward(5000)
    page.evaluate(STOP_NO_MORE)
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify/")
