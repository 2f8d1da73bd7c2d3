"""On paper, and with the few colours of somebody who chose them: everything can still be read."""

from datetime import UTC, datetime

import pytest

from otp.accounts import staff
from tests.admin.entries import write
from tests.e2e.conftest import DESK, enter
from tests.e2e.looks import every_page
from tests.support.colours import contrast

pytestmark = pytest.mark.browser

# Each text that paper shows, with its colour as #rrggbb.
PRINTED = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    const { parentElement: element, data } = texts.currentNode;
    if (!data.trim() || !element.checkVisibility() || element.closest(".unseen")) continue;
    const [red, green, blue] = getComputedStyle(element).color.match(/\\d+/g);
    const hex = [red, green, blue].map((part) => (+part).toString(16).padStart(2, "0"));
    found.push([data.trim(), `#${hex.join("")}`]);
  }
  return found;
}"""
PRESSED = "button, .button, input:not([type=hidden])"

LEGEND = """(item) => {
  const { backgroundColor, backgroundImage, borderTopStyle } = getComputedStyle(item, "::before");
  const paper = ["rgba(0, 0, 0, 0)", getComputedStyle(document.body).backgroundColor];
  return !paper.includes(backgroundColor) || backgroundImage !== "none" || borderTopStyle !== "none";
}"""


def test_a_page_is_printed_in_dark_on_white_without_what_is_pressed(open_browser):
    page = open_browser(color_scheme="dark")
    for name in every_page(page):
        page.emulate_media(media="print")
        texts = page.evaluate(PRINTED)
        assert texts, name
        assert [text for text, colour in texts if contrast(colour, "#ffffff") < 4.5] == [], name
        assert page.locator(PRESSED).filter(visible=True).count() == 0, name
        page.emulate_media(media="screen")


@pytest.mark.parametrize("path", ["/admin/", "/admin/analytics/"])
def test_the_legend_of_a_chart_has_its_colours_where_colours_are_forced(open_browser, path):
    staff.appoint_by_command("watcher@example.com", "viewer")
    write(9, datetime.now(UTC))
    page = open_browser(viewport=DESK, forced_colors="active")
    enter(page, "watcher@example.com", path)
    items = page.locator("figcaption li").all()
    assert len(items) > 4
    assert [item.inner_text() for item in items if not item.evaluate(LEGEND)] == []
