"""The single-page app in Chromium, served as its README says, from another origin than the site."""

import re
from collections import Counter

import pytest

from otp.accounts import own
from otp.models import LogEntry
from tests.examples.conftest import EXAMPLES, running
from tests.support.accounts import account_at
from tests.support.api import ADDRESS, mailed_code, other_than
from tests.support.timeouts import TIMEOUT

pytestmark = pytest.mark.browser

README = EXAMPLES / "single_page_app" / "README.md"


@pytest.fixture(scope="module")
def served():
    with running(README, "python3") as url:
        yield url


@pytest.fixture
def context(browser, served, issuer, settings, clock):
    """A browser whose tabs show the app, configured for the running site."""
    settings.CORS_ALLOWED_ORIGINS = [served]
    context = browser.new_context(base_url=served)
    context.set_default_timeout(TIMEOUT * 1000)
    config = f'export const SITE = "{issuer}";'
    context.route("**/config.js", lambda route: route.fulfill(body=config, content_type="text/javascript"))
    yield context
    context.close()


@pytest.fixture
def tab(context):
    return opened(context)


def opened(context):
    page = context.new_page()
    page.goto("/")
    return page


def ask(page):
    """Request a code; returns it."""
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_role("button", name="Send a code").click()
    page.get_by_text(f"We sent a code to {ADDRESS}.").wait_for()
    return mailed_code()


def enter(page, code):
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()


def sign_in(page):
    enter(page, ask(page))
    is_signed_in(page)


def is_signed_in(page):
    page.get_by_text(f"You are signed in as {ADDRESS}.").wait_for()


def is_signed_out(page):
    page.get_by_label("Email address").wait_for()


def look(page):
    """Ask who is signed in; returns the statuses of the answers of /otp/me."""
    statuses = []
    page.on("response", lambda response: statuses.append(response.status) if response.url.endswith("/otp/me") else None)
    with page.expect_response(lambda response: response.url.endswith("/otp/me") and response.status == 200):
        page.get_by_role("button", name="Who am I?").click()
    is_signed_in(page)
    return statuses


def outcomes():
    return Counter(entry.outcome for entry in LogEntry.objects.filter(address=ADDRESS).order_by("created_at"))


def test_somebody_signs_in_and_out(tab):
    code = ask(tab)
    enter(tab, other_than(code))
    tab.get_by_text("Invalid OTP").wait_for()
    enter(tab, code)
    is_signed_in(tab)
    tab.reload()
    is_signed_in(tab)
    with tab.expect_response(re.compile("/otp$")):
        tab.get_by_role("button", name="Sign out").click()
    is_signed_out(tab)
    tab.reload()
    is_signed_out(tab)


def test_an_expired_access_token_is_refreshed_and_the_request_repeated(tab, clock):
    sign_in(tab)
    assert look(tab) == [200]
    clock.shift(600)
    assert look(tab) == [401, 200]


def test_two_tabs_stay_signed_in_and_sign_out_together(context, tab, clock):
    sign_in(tab)
    other = opened(context)
    is_signed_in(other)
    for _ in range(3):
        clock.shift(600)
        for page in (tab, other):  # both at once: neither waits for the other's answer
            page.get_by_role("button", name="Who am I?").click(no_wait_after=True)
        for page in (tab, other):
            look(page)
    assert outcomes() == {"otp_sent": 1, "otp_verified": 1}
    other.get_by_role("button", name="Sign out").click()
    is_signed_out(tab)


def test_a_lost_response_signs_nobody_out(tab, clock):
    """The site replaces the refresh token twice without the app hearing of it, and then can't be reached."""
    sign_in(tab)
    clock.shift(600)
    lost = []

    def lose(route):
        if "refresh_token" in (route.request.post_data or ""):
            lost.append(route.fetch().status)
            return route.abort()
        return route.continue_()

    tab.route("**/otp", lose)
    tab.get_by_role("button", name="Who am I?").click()
    tab.get_by_text("The site can't be reached. Try again.").wait_for()
    assert lost == [200, 200]
    tab.unroute("**/otp")
    clock.shift(3600)
    look(tab)
    assert outcomes() == {"otp_sent": 1, "otp_verified": 1}


def test_a_sign_in_that_was_ended_elsewhere_shows_the_form_again(tab, clock):
    sign_in(tab)
    own.sign_out_everywhere(account_at(ADDRESS))
    tab.get_by_role("button", name="Who am I?").click()
    tab.get_by_text("Please sign in again.").wait_for()
    is_signed_out(tab)
