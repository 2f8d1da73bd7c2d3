"""A page of one's own in the site, started as its README says: who isn't signed in is sent to the sign-in and back."""

import pytest

from tests.e2e.conftest import enter, press
from tests.examples.conftest import EXAMPLES, running
from tests.support.timeouts import TIMEOUT

pytestmark = pytest.mark.browser

README = EXAMPLES / "django_page" / "README.md"


@pytest.fixture
def page(browser):
    with running(README, "../../.venv/local/bin/python") as url:
        context = browser.new_context(base_url=url)
        context.set_default_timeout(TIMEOUT * 1000)
        yield context.new_page()
        context.close()


def test_the_page_asks_people_to_sign_in_and_shows_their_account(page):
    enter(page, start="/orders/")
    assert page.url.endswith("/orders/")
    page.get_by_text("You are signed in as person@example.com.").wait_for()
    press(page.get_by_role("button", name="Sign out"))
    page.goto("/orders/")
    page.get_by_label("Email address").wait_for()
    assert page.url.endswith("/?next=/orders/")
