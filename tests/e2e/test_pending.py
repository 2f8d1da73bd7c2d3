"""A form that is being submitted says so and can't be submitted again, unless the user stopped the page load."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import begin, code_in_inbox

pytestmark = pytest.mark.browser

# Simulates the browser's Stop button: the form was submitted, and the page is still there. (Playwright waits for a
# navigation that hangs.) Each entry of `submitted` says whether the page's script prevented the submission.
STOP_EACH = """() => {
  window.submitted = [];
  window.stop_it = (event) => { submitted.push(event.defaultPrevented); event.preventDefault(); };
  addEventListener("submit", stop_it);
}"""
STOP_NO_MORE = "removeEventListener('submit', stop_it)"


@pytest.fixture
def page(open_browser):
    """A page with a clock that the test controls."""
    page = open_browser()
    page.clock.install()
    return page


def test_after_stopping_the_page_load_a_code_can_be_submitted_again(page):
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


def test_changing_the_code_allows_submitting_it_again(page):
    begin(page)
    page.evaluate(STOP_EACH)
    field, button = page.get_by_label("Code"), page.locator("form:has(.code) button")
    field.fill("000000")
    expect(button).to_have_text("Checking your code…")
    field.fill("00000")
    expect(button).to_have_text("Sign in")
    field.fill("111111")
    assert page.evaluate("submitted") == [False, False]


def test_an_address_that_is_being_submitted_says_so(page):
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
