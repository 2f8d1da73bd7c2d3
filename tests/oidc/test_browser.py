"""Chromium between an application on another site and this one: pop-ups, and what the Referer header tells."""

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.api import ADDRESS, mailed_code
from tests.support.provider import GARDEN, RSA_KEY, request_of
from tests.support.timeouts import TIMEOUT

pytestmark = pytest.mark.browser

START = """<!doctype html><title>Application</title><link rel="icon" href="data:,">
<a href="URL">Sign in</a>
<button onclick="opened = window.open('URL')">Sign in in a pop-up</button>
<p></p>
<script>
onmessage = (event) => document.querySelector("p").textContent = event.data + ", open: " + !opened.closed
</script>
"""
BACK = """<!doctype html><title>Back</title><link rel="icon" href="data:,">
<p>Back</p><script>if (window.opener) window.opener.postMessage("signed in", location.origin)</script>
"""


class Application(BaseHTTPRequestHandler):
    """An application: its start page leads to the provider, any other path is where that leads back to."""

    def __init__(self, visits, url, *args):
        self.visits, self.url = visits, url
        super().__init__(*args)

    def do_GET(self):
        self.visits.append((urlsplit(self.path).path, self.headers.get("Referer")))
        page = (START if self.path == "/" else BACK).replace("URL", self.url.replace("&", "&amp;"))
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def clock():
    """Not frozen: Chromium ends cookies by its own clock."""


@pytest.fixture
def visits():
    """The path and the Referer of each request that the application got."""
    return []


@pytest.fixture
def application(live_site, settings, visits):
    """The URL of an application on another site, of another company."""
    with ThreadingHTTPServer(("127.0.0.1", 0), None) as server:
        here = f"http://localhost:{server.server_port}"
        client = GARDEN | {"redirect_uris": [f"{here}/callback"], "post_logout_redirect_uris": [f"{here}/goodbye"]}
        settings.OTP_JWT_KEYS, settings.OTP_JWT_ISSUER, settings.OTP_CLIENTS = [RSA_KEY], live_site, [client]
        url = f"{live_site}/oauth2/authorize?{urlencode(request_of(client))}"
        server.RequestHandlerClass = partial(Application, visits, url)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield here
        server.shutdown()


@pytest.fixture
def page(browser):
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT * 1000)
    yield context.new_page()
    context.close()


def sign_in(page):
    """Sign in on the pages of the provider, which are open, and consent."""
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_role("button").first.click()
    page.wait_for_url("**/verify/?next=*")
    page.get_by_label("Code").fill(mailed_code())
    page.get_by_role("button", name="Allow", exact=True).click()


def test_the_page_that_opened_a_pop_up_hears_of_the_sign_in(application, page):
    page.goto(application)
    with page.expect_popup() as opening:
        page.get_by_role("button").click()
    sign_in(opening.value)
    expect(page.locator("p")).to_have_text("signed in, open: true")


def test_no_application_is_told_by_a_referer_what_was_in_an_address_here(application, page, visits):
    page.goto(application)
    page.get_by_role("link", name="Sign in").click()
    sign_in(page)
    page.wait_for_url(f"{application}/callback?*")
    page.goto(application)
    page.get_by_role("link", name="Sign in").click()  # and straight back
    page.wait_for_url(f"{application}/callback?*")
    assert [path for path, _ in visits] == ["/", "/callback", "/", "/callback"]
    assert {referer and urlsplit(referer).netloc for _, referer in visits} <= {None, urlsplit(application).netloc}


def test_cancelling_tells_nothing_by_a_referer_either(application, page, visits):
    page.goto(application)
    page.get_by_role("link", name="Sign in").click()
    cancel = page.get_by_role("link", name="Cancel")
    assert cancel.inner_text() == "Cancel and go back to Garden"
    cancel.click()
    page.wait_for_url(f"{application}/callback?error=access_denied*")
    assert visits[-1] == ("/callback", None)
