"""Use by keyboard, in right-to-left languages, by screen reader, with larger text, and with reduced motion."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import staff_states
from tests.e2e.conftest import PHONE, begin, code_in_inbox
from tests.e2e.looks import every_page
from tests.e2e.states import in_other_words, submit_code
from tests.support.api import other_than

pytestmark = pytest.mark.browser

SEEN = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  const { top, bottom } = document.activeElement.getBoundingClientRect();
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && top >= 0 && bottom <= innerHeight;
}"""

ORDER = [("link", "Change address"), ("textbox", "Six-digit code"), ("button", "Sign in"), ("link", "inbox")]

# The text sizes and spacings that WCAG 1.4.4 and 1.4.12 require a page to support.
TWICE_THE_SIZE = "document.documentElement.style.fontSize = '200%'"
MORE_SPACE = """document.querySelectorAll("body, body *").forEach(({ style }) => Object.assign(style,
  { lineHeight: 1.5, letterSpacing: ".12em", wordSpacing: ".16em" }))"""
# Finds words that overflow a surrounding block and so are clipped or overlap other text. A word counts as high as its
# font size, because ascent and descent beyond it differ from font to font, and nothing visible is cut off.
CUT_OFF = """() => {
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    const text = texts.currentNode, blocks = [], range = document.createRange();
    const half = parseFloat(getComputedStyle(text.parentElement).fontSize) / 2;
    for (let element = text.parentElement; element !== document.body; element = element.parentElement)
      if (getComputedStyle(element).display !== "inline") blocks.push(element.getBoundingClientRect());
    const out = ({ left, right, top, bottom }) => blocks.some((block) =>
      left < block.left - 1 || right > block.right + 1
      || (top + bottom) / 2 - half < block.top - 1 || (top + bottom) / 2 + half > block.bottom + 1);
    for (const { 0: word, index } of text.data.matchAll(/\\S+/g)) {
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      if ([...range.getClientRects()].some(out)) found.push(word);
    }
  }
  return found;
}"""

MOVING = """[...document.querySelectorAll("*")].filter((element) => {
  const { transitionDuration, animationName } = getComputedStyle(element);
  return parseFloat(transitionDuration) > 0 || animationName !== "none";
}).map((element) => element.outerHTML)"""

# The six cells of the code are drawn next to its field, which has no border itself.
EDGED = "button, .button, form > input:not([type=hidden]), .code i"
EDGELESS = f"""[...document.querySelectorAll("{EDGED}")].filter((element) => {{
  const {{ borderTopColor, borderTopStyle, borderTopWidth, backgroundColor }} = getComputedStyle(element);
  return borderTopStyle === "none" || parseFloat(borderTopWidth) < 1 || borderTopColor === backgroundColor;
}}).map((element) => element.outerHTML)"""


def tab_to(page, role, name):
    """Press Tab until the control has the focus. Checks that each control focused before it is visible."""
    wanted = page.get_by_role(role, name=name, exact=True)
    for _ in range(10):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN)
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"Tab leads to no {role} {name}")


def test_an_account_is_created_and_deleted_by_keyboard_alone(page):
    keys = page.keyboard
    page.goto("/")
    keys.type("person@localhost")
    keys.press("Enter")
    field = page.get_by_label("Email address")
    expect(field).to_have_accessible_description(re.compile("Enter a valid email address"))
    expect(field).to_be_focused()
    keys.press("ControlOrMeta+a")
    keys.type("person@example.com")
    tab_to(page, "button", "Email me a code")
    keys.press("Space")
    page.wait_for_url("**/verify/")
    code = code_in_inbox(page)
    keys.type(other_than(code))
    field = page.get_by_label("Code")
    expect(field).to_have_accessible_description(re.compile("5 tries left"))
    expect(field).to_be_focused()
    keys.type(code)
    page.wait_for_url("**/account/")
    tab_to(page, "link", "Delete my account")
    keys.press("Enter")
    page.wait_for_url("**/delete/")
    tab_to(page, "button", "Delete my account")
    keys.press("Enter")
    expect(page.locator(".notice")).to_have_text("Your account has been deleted.")


def test_the_focus_goes_through_a_page_as_it_is_read(page):
    begin(page)
    page.keyboard.press("Shift+Tab")
    for role, name in ORDER:
        expect(page.get_by_role(role, name=name)).to_be_focused()
        page.keyboard.press("Tab")


def test_right_to_left_pages_are_mirrored(open_browser, inbox):
    page = open_browser(locale="ar", viewport=PHONE)
    page.goto("/")
    html = page.locator("html")
    expect(html).to_have_attribute("lang", "ar")
    expect(html).to_have_attribute("dir", "rtl")
    icon, name = page.locator("header img").bounding_box(), page.locator("header bdi").bounding_box()
    assert icon["x"] > name["x"]
    page.locator("input[name=email]").fill("person@example.com")
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify/")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    field = page.locator("input[name=code]")
    assert field.evaluate("element => getComputedStyle(element).direction") == "ltr"
    mail = inbox()[0]
    assert re.search("[\u0620-\u064a]", mail.subject)
    shown = page.context.new_page()
    shown.set_content(mail.html)
    expect(shown.locator("html")).to_have_attribute("dir", "rtl")
    assert shown.locator("td.soft").evaluate("text => getComputedStyle(text).textAlign") == "right"
    code = re.search(r"\d{6}", mail.text)[0]
    page.keyboard.type(code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))
    page.wait_for_url("**/account/")
    expect(page.get_by_text("person@example.com")).to_be_visible()
    page.locator("form[action$='/sign-out/'] button").click()
    expect(page.locator(".notice")).to_have_text(re.compile("[\u0620-\u064a]"))


def test_a_screen_reader_announces_what_is_wrong_and_where(page):
    begin(page)
    submit_code(page, other_than(code_in_inbox(page)))
    expect(page).to_have_title(re.compile("^Error: Check your email"))
    expect(page.get_by_role("main")).to_match_aria_snapshot("""
      - heading "Check your email" [level=1]
      - paragraph:
        - text: We sent a six-digit code to
        - strong: person@example.com
        - text: .
        - link "Change address"
      - text: Six-digit code
      - paragraph: That code isn't right. You have 5 tries left.
      - textbox "Six-digit code" [invalid]
      - paragraph: The code works once, for 15 minutes. It's checked as soon as you enter the sixth digit.
      - button "Sign in"
    """)
    expect(page.get_by_label("Code")).to_have_accessible_description(
        "The code works once, for 15 minutes. It's checked as soon as you enter the sixth digit. "
        "That code isn't right. You have 5 tries left."
    )


@pytest.mark.parametrize("change", [TWICE_THE_SIZE, MORE_SPACE], ids=["twice-the-size", "more-space"])
@pytest.mark.parametrize("width", [280, 390])
def test_larger_text_still_fits(open_browser, change, width):
    page = open_browser(viewport={"width": width, "height": 640})
    for name in every_page(page):
        page.evaluate(change)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert page.evaluate(CUT_OFF) == [], name


@pytest.mark.parametrize(
    "walk", [in_other_words, staff_states.admin, staff_states.analytics], ids=lambda walk: walk.__name__
)
def test_twice_the_size_fits_on_the_smallest_phone_in_every_language_and_for_staff(stage, walk):
    wider = []
    for state, page in walk(stage):
        page.set_viewport_size({"width": 280, "height": 640})
        page.evaluate(TWICE_THE_SIZE)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wider.append(state)
        page.evaluate("document.documentElement.style.fontSize = ''")
    assert wider == []


@pytest.mark.parametrize(
    "style",
    [
        "width: 4em; white-space: nowrap; overflow: hidden",
        "width: 4em; white-space: nowrap",
        "width: 4em; overflow-wrap: normal",
        "height: 1em; overflow: hidden",
        "max-height: 1em",
        "line-height: .5",
        "text-indent: -2em",
    ],
)
def test_a_word_that_is_cut_off_is_found(page, style):
    page.set_content(f"<main><h1 style='font-size: 40px; line-height: 1; {style}'>No<br>Unmistakably</h1></main>")
    assert page.evaluate(CUT_OFF)


@pytest.mark.parametrize("style", ["line-height: 1", "line-height: 1; overflow: hidden", "width: 6em"])
def test_a_font_that_reaches_beyond_its_line_cuts_nothing_off(page, style):
    page.set_content(f"<main><h1 style='font-size: 40px; {style}'>Words <b>and</b> words</h1></main>")
    assert page.evaluate(CUT_OFF) == []


def test_reduced_motion_stops_all_animation(open_browser):
    page = open_browser(reduced_motion="reduce")
    for name in every_page(page):
        assert page.evaluate(MOVING) == [], name


def test_forced_colours_keep_the_outlines_of_controls_and_of_the_focus(open_browser):
    page = open_browser(forced_colors="active")
    for name in every_page(page):
        assert page.evaluate(EDGELESS) == [], name
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), name
