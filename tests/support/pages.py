"""Submitting the forms of pages with Django's test client."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from tests.support.api import ADDRESS

SEND, CODE, RESEND = 0, 0, -1  # the index of the form in its page


class Forms(HTMLParser):
    """The forms of a page, each as (action, fields)."""

    def __init__(self, page: Any) -> None:
        super().__init__()
        self.here = page.wsgi_request.get_full_path()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.found.append((values.get("action") or self.here, {}))
        elif tag == "input":
            self.found[-1][1][values["name"]] = values.get("value") or ""


def submit(client: Client, page: Any, form: int = 0, follow: bool = True, **values: str) -> Any:
    """Submit a form of a page with its hidden fields and these values."""
    action, fields = Forms(page).found[form]
    return client.post(action, fields | values, follow=follow)


def request_code(client: Client, address: str = ADDRESS, start: str = "/") -> Any:
    """Request a code on the sign-in page; returns the page with the field for the code."""
    return submit(client, client.get(start), SEND, email=address)


def copy_of(browser: Client) -> Client:
    """Another browser with a copy of this one's cookies."""
    thief = Client()
    thief.cookies = browser.cookies.copy()
    return thief


def is_in(browser: Client) -> bool:
    return browser.get("/account/delete/").status_code == 200  # a page that asks for nothing but the sign-in
