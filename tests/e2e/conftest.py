"""Browser fixtures, and helpers that use the site as a user would, with Chromium."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.timeouts import TIMEOUT

expect.set_options(timeout=TIMEOUT * 1000)

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


@dataclass
class Stage:
    """What a walk of `states` needs: `open` returns a page in a new browser context; `settings` are the site's."""

    open: Callable[..., Any]
    settings: Any


@pytest.fixture
def open_browser(browser: Any, live_site: str) -> Iterator[Callable[..., Any]]:
    """A function that opens a page in a new browser context, with the keyword arguments of Playwright's `new_context`.

    Fails the test if a page made a request to another host, violated its CSP, or had an error in a script.
    """
    contexts, complaints = [], []

    def new_page(**options: Any) -> Any:
        context = browser.new_context(base_url=live_site, **({"viewport": PHONE} | options))
        context.set_default_timeout(TIMEOUT * 1000)
        contexts.append(context)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda line: complaints.append(line.text) if "Security Policy" in line.text else None)
        context.on("request", lambda request: None if ours(request.url) else complaints.append(request.url))
        return context.new_page()

    def ours(url: str) -> bool:
        return url.startswith((f"{live_site}/", "data:", "about:"))

    yield new_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_browser: Callable[..., Any]) -> Any:
    return open_browser()


@pytest.fixture
def stage(open_browser: Callable[..., Any], settings: Any) -> Stage:
    """The stage for the walks of `states`."""
    return Stage(open_browser, settings)


def ask(page: Any, address: str = "person@example.com") -> None:
    """Request a code on the sign-in page, which must be open."""
    page.get_by_label("Email address").fill(address)
    page.get_by_role("button", name="Email me a code").click()
    page.wait_for_url(re.compile("/verify/"))


def begin(page: Any, address: str = "person@example.com") -> None:
    """Open the sign-in page and request a code."""
    page.goto("/")
    ask(page, address)


def enter(page: Any, address: str = "person@example.com", start: str = "/") -> None:
    """Open `start`, which leads to the sign-in page, and sign in."""
    page.goto(start)
    ask(page, address)
    page.get_by_label("Code").fill(code_in_inbox(page, address))
    page.wait_for_url(lambda url: "/verify/" not in url)


def press(control: Any) -> None:
    """Click a control that leads to another page, and wait for that page."""
    with control.page.expect_navigation():
        control.click()


def code_in_inbox(page: Any, address: str = "person@example.com") -> str:
    """The newest code for an address, from the JSON of the inbox."""
    inbox = page.request.get("/inbox/", headers={"Accept": "application/json"}).json()
    texts = (mail["text"] for mail in inbox["messages"] if mail["to"] == [address])
    return next(code[0] for text in texts if (code := re.search(r"\d{6}", text)))
