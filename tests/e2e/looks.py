"""A walk through all pages, and a page in each combination of window width and colour scheme."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from playwright.sync_api import expect

from tests.e2e.conftest import ask, code_in_inbox
from tests.support.tiers import REQUIRED

# Colours can't be checked during a transition. Transitions start one frame after the colour scheme has changed.
SETTLED = """async () => {
  await new Promise(requestAnimationFrame);
  do {
    await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  } while (document.getAnimations().length);
}"""


# Without CI_TIERS=required: each width and each scheme once.
LOOKS = [*product((320, 1280), ("light", "dark"))] if REQUIRED else [(320, "dark"), (1280, "light")]


def looks(page: Any) -> Iterator[str]:
    """Show the page at phone and desktop width, in light and dark colours. Yields the name of each combination."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SETTLED)
        yield f"{width}-{scheme}"


LONG = "margaret.elaine.hamilton@department-of-instrumentation.laboratory.example.com"


def every_page(page):
    """Walk through all pages, including error pages. Yields the name of each."""
    page.goto("/")
    yield "sign in"
    ask(page, LONG)
    yield "verify"
    page.get_by_label("Code").fill("12")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The code has exactly six digits")).to_be_visible()
    yield "error"
    page.get_by_label("Code").fill(code_in_inbox(page, LONG))
    expect(page.get_by_role("heading", name="Your account", exact=True)).to_be_visible()
    yield "account"
    page.goto("/account/delete/")
    yield "delete"
    page.goto("/inbox/")
    yield "inbox"
    page.goto("/nothing")
    yield "failure"
    page.goto("/account/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator(".notice")).to_be_visible()
    yield "notice"
