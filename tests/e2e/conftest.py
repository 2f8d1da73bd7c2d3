"""A person in front of a real Chromium."""

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
    """Where a walk takes place: `open` gives a page in a browser of its own, `settings` are the site's."""

    open: Callable[..., Any]
    settings: Any


@pytest.fixture
def open_browser(browser: Any, live_site: str) -> Iterator[Callable[..., Any]]:
    """Call it for a page in a browser of its own; keywords as for Playwright's contexts.

    Whatever it does in the test, it asks no other host for anything, breaks no CSP, and no script of it fails.
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
    """Where the walks of `states` take place."""
    return Stage(open_browser, settings)


def ask(page: Any, address: str = "person@example.com") -> None:
    """Ask for a code on the first page, which is open."""
    page.get_by_label("Email address").fill(address)
    page.get_by_role("button", name="Email me a code").click()
    page.wait_for_url(re.compile("/verify/"))


def begin(page: Any, address: str = "person@example.com") -> None:
    """Open the first page, and ask for a code there."""
    page.goto("/")
    ask(page, address)


def enter(page: Any, address: str = "person@example.com", start: str = "/") -> None:
    """Sign in, on the way to `start` where that wants it."""
    page.goto(start)
    ask(page, address)
    page.get_by_label("Code").fill(code_in_inbox(page, address))
    page.wait_for_url(lambda url: "/verify/" not in url)


def press(control: Any) -> None:
    """Click what leads to another page, and be there: a click alone doesn't wait for it."""
    with control.page.expect_navigation():
        control.click()


def code_in_inbox(page: Any, address: str = "person@example.com") -> str:
    """The newest code to an address, read as a program reads the inbox."""
    inbox = page.request.get("/inbox/", headers={"Accept": "application/json"}).json()
    text = next(mail["text"] for mail in inbox["messages"] if mail["to"] == [address])
    return re.search(r"\d{6}", text)[0]
