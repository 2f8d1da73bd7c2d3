"""The Streamlit dashboard as `make dashboard` starts it, in Chromium."""

import os
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from otp.accounts import staff
from otp.local import embedded
from otp.tokens import keyring
from tests.dashboard.conftest import SCRIPT
from tests.e2e.axe import violations
from tests.support.api import mailed_code
from tests.support.timeouts import TIMEOUT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WATCHER, NOBODY = "watcher@example.com", "nobody@example.com"


@pytest.fixture
def dashboard_url(live_site, settings):
    """The URL of a dashboard that uses the running site."""
    settings.OTP_JWT_KEYS = [keyring.new_key()]
    with embedded.listen(0) as free:
        port = free.getsockname()[1]
    options = {"server.port": port, "server.address": "127.0.0.1", "server.headless": "true"}
    command = [sys.executable, "-m", "streamlit", "run", str(SCRIPT)]
    command += [f"--{name}={value}" for name, value in options.items()]
    environ = {**os.environ, "OTP_API_URL": f"{live_site}/otp"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_for(url):
    until = time.monotonic() + TIMEOUT
    while True:
        try:
            with urlopen(url):
                return
        except OSError:
            if time.monotonic() > until:
                raise


@pytest.fixture(params=["light", "dark"])
def page(browser, dashboard_url, request):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=request.param)
    context.set_default_timeout(TIMEOUT * 1000)
    page = context.new_page()
    page.goto(dashboard_url)
    yield page
    context.close()


def code_field(page):
    return page.get_by_label("Code", exact=True)


def send(page, address):
    page.get_by_label("Email address").fill(address)
    page.get_by_role("button", name="Send code").click()
    expect(code_field(page)).to_be_focused()


def verify(page, address):
    code_field(page).fill(mailed_code(address))
    page.get_by_role("button", name="Verify").click()


def settle(page):
    """Wait until Streamlit has finished drawing: it fades elements that are about to change."""
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    expect(page.locator("[data-stale=true]")).to_have_count(0)


@pytest.mark.axe
def test_no_state_violates_wcag_2_2_aa(page):
    staff.appoint_by_command(WATCHER, "viewer")
    page.get_by_label("Email address").wait_for()
    found = violations(page)
    send(page, WATCHER)
    found += violations(page)
    verify(page, WATCHER)
    page.get_by_role("button", name="Older").wait_for()
    settle(page)
    found += violations(page)
    assert found == []


def test_a_reload_after_the_code_was_sent_leaves_a_place_for_it(page):
    send(page, NOBODY)
    page.reload()
    page.get_by_label("The address that a code was sent to").fill(NOBODY)
    verify(page, NOBODY)
    expect(page.get_by_text("Signed in as nobody@example.com")).to_be_visible()
    expect(page.get_by_text("this address has no role")).to_be_visible()
    assert "challenge" not in page.url
