"""The demonstration: two applications, one sign-in, in Chromium; signing out of one, and of all."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ask, code_in_inbox, press
from tests.examples.conftest import demonstration
from tests.support.timeouts import TIMEOUT

pytest.importorskip("authlib")
pytestmark = [pytest.mark.slow, pytest.mark.browser]

ADDRESS = "person@example.com"


@pytest.fixture(scope="module")
def urls():
    """Those of the site and of the two applications."""
    with demonstration() as started:
        yield started


@pytest.fixture
def page(browser, urls):
    context = browser.new_context(base_url=urls[0])
    context.set_default_timeout(TIMEOUT * 1000)
    yield context.new_page()
    context.close()


def sign_in(page, url, address):
    """Sign in to an application with a code."""
    page.goto(url)
    page.get_by_role("link", name="Sign in").click()
    ask(page, address)
    page.get_by_label("Code").fill(code_in_inbox(page, address))
    page.wait_for_url(url)


def test_one_sign_in_for_both_signing_out_of_one_and_of_all(page, urls):
    _site, bakery, garden = urls
    sign_in(page, bakery, ADDRESS)
    expect(page.get_by_text(f"Hello, {ADDRESS}.")).to_be_visible()
    page.goto(garden)
    press(page.get_by_role("link", name="Sign in"))
    page.wait_for_url(garden)
    expect(page.get_by_text(f"Hello, {ADDRESS}.")).to_be_visible()

    press(page.get_by_role("button", name="Sign out of Garden"))
    expect(page.get_by_text("You aren't signed in to Garden.")).to_be_visible()
    page.goto(bakery)
    expect(page.get_by_text(f"Hello, {ADDRESS}.")).to_be_visible()
    page.goto(garden)
    press(page.get_by_role("link", name="Sign in"))
    page.wait_for_url(garden)

    press(page.get_by_role("button", name="Sign out of all applications"))
    page.wait_for_url(garden)
    for url, name in ((garden, "Garden"), (bakery, "Bakery")):
        page.goto(url)
        expect(page.get_by_text(f"You aren't signed in to {name}.")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_label("Email address")).to_be_visible()


def test_cancelling_leads_back_to_the_application(page, urls):
    _site, bakery, _garden = urls
    page.goto(bakery)
    page.get_by_role("link", name="Sign in").click()
    press(page.get_by_role("link", name="Cancel and go back to Bakery"))
    page.wait_for_url(bakery)
    expect(page.get_by_text("You aren't signed in to Bakery.")).to_be_visible()


def test_the_applications_access_is_on_the_account_page(page, urls):
    site, bakery, _garden = urls
    sign_in(page, bakery, "other@example.com")
    page.goto(f"{site}account/")
    press(page.get_by_role("button", name="Sign out: Bakery"))
    page.goto(bakery)
    expect(page.get_by_text("You aren't signed in to Bakery.")).to_be_visible()
