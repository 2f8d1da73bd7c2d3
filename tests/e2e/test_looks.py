"""Properties of every page, at each width, in light and dark colours."""

import pytest
from playwright.sync_api import expect

from tests.e2e.looks import every_page

pytestmark = pytest.mark.browser

TALL = 44  # CSS pixels: large enough for a thumb

SMALL = f"""() => [...document.querySelectorAll("button, input:not([type=hidden]), main > a, section a, header a")]
  .filter((element) => element.getBoundingClientRect().height < {TALL}).map((element) => element.outerHTML)"""


@pytest.mark.parametrize("width", [280, 320, 390, 768, 1280, 1600])
def test_no_page_is_wider_than_its_window(open_browser, width):
    page = open_browser(viewport={"width": width, "height": 640})
    for name in every_page(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_every_control_is_large_enough_for_a_thumb(page):
    for name in every_page(page):
        assert page.evaluate(SMALL) == [], name


def test_every_page_has_a_language_a_title_one_heading_and_one_main(page):
    titles = set()
    for name in every_page(page):
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("main")).to_have_count(1)
        titles.add(page.title())
        assert (
            page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size")
            == page.locator("[id]").count()
        ), name
    assert len(titles) == 8


def test_the_focus_can_be_seen(page):
    page.goto("/")
    expect(page.get_by_label("Email address")).to_be_focused()
    for key in ("Tab", "Shift+Tab", "Shift+Tab"):
        page.keyboard.press(key)
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
