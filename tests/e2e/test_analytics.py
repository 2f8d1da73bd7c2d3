"""The admin's analytics page in Chromium: it fits the window, and its CSP allows everything that it uses."""

import pytest
from playwright.sync_api import expect

from otp.accounts import staff
from otp.stats.rollup import RANGES
from tests.e2e.conftest import DESK, ask, code_in_inbox

pytestmark = pytest.mark.browser

WATCHER = "watcher@example.com"


@pytest.fixture(autouse=True)
def short_log(settings):
    settings.OTP_LOG_DAYS = 2  # fewer hours to count


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (320, "dark"), (DESK["width"], "light")])
def test_each_range_fits_the_window_and_draws_its_bars(open_browser, width, scheme):
    staff.appoint_by_command(WATCHER, "viewer")
    page = open_browser(viewport={"width": width, "height": 700}, color_scheme=scheme)
    page.goto("/?next=/admin/")
    ask(page, WATCHER)
    page.get_by_label("Code").fill(code_in_inbox(page, WATCHER))
    page.wait_for_url("**/admin/")
    page.get_by_role("link", name="Analytics", exact=True).first.click()
    for range_ in RANGES.values():
        page.get_by_role("link", name=range_.title).click()
        expect(page.get_by_role("link", name=range_.title)).to_have_attribute("aria-current", "page")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        sent = page.get_by_role("img", name="Codes sent and sign-ins").locator("rect.all")
        expect(sent).to_have_count(1)
        assert sent.evaluate("bar => bar.getBoundingClientRect().height") > 50
        assert sent.evaluate("bar => getComputedStyle(bar).fill") != "rgb(0, 0, 0)"
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("region", name="by day").get_by_role("rowheader")).to_have_count(30)
