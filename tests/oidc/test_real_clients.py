"""Client libraries that nobody here wrote sign in in Chromium, each on its stock configuration."""

import json
import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from otp.local import embedded
from tests.support.api import ADDRESS, mailed_code
from tests.support.provider import APP, BAKERY, OLD, RSA_KEY, SECRET
from tests.support.tiers import unavailable
from tests.support.timeouts import TIMEOUT

pytestmark = [pytest.mark.browser, pytest.mark.openid_clients]

SOURCES = Path(__file__).parent / "clients"
BUILD = Path("build/openid-clients").absolute()


@pytest.fixture
def clock():
    """Not frozen: the clients compare the times in tokens with their own clocks."""


@contextmanager
def application(name, **environment):
    """Run an application with Node on a free port. Yields its URL once it answers there."""
    if not (BUILD / "node_modules").exists():
        unavailable("no build/openid-clients (make openid-clients downloads them)")
    shutil.copytree(SOURCES, BUILD, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    url = f"http://127.0.0.1:{environment['PORT']}"
    with subprocess.Popen(["node", f"{name}.js"], cwd=BUILD, env=os.environ | environment) as process:
        try:
            wait_for(f"{url}/nothing", process)
            yield url
        finally:
            process.terminate()


def wait_for(url, process):
    """Wait until the application answers, or fail if it has ended."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(url, timeout=TIMEOUT).close()
        except URLError as error:
            if not hasattr(error, "code"):
                time.sleep(0.05)
                continue
        return  # an HTTP error is an answer too
    pytest.fail(f"{process.args} did not start", pytrace=False)


@pytest.fixture
def start(live_site, settings):
    """A function that starts an application, and declares it."""

    @contextmanager
    def declared(name, client, callback):
        with embedded.listen(0) as listener:
            port = str(listener.getsockname()[1])
        url = f"http://127.0.0.1:{port}"
        settings.OTP_JWT_KEYS, settings.OTP_JWT_ISSUER = [RSA_KEY], live_site
        settings.OTP_CLIENTS = [client | {"redirect_uris": [url + callback]}]
        settings.CORS_ALLOWED_ORIGINS = [url]
        given = {"PORT": port, "ISSUER": live_site, "CLIENT_ID": client["id"], "CLIENT_SECRET": SECRET}
        with application(name, **given) as running:
            yield running

    return declared


@pytest.fixture
def page(browser):
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT * 1000)
    complaints = []
    context.on("console", lambda line: complaints.append(line.text) if "Security Policy" in line.text else None)
    yield context.new_page()
    context.close()
    assert complaints == []


def sign_in_here(page, live_site):
    """Sign in on the site's pages, to which the application has led."""
    page.wait_for_url(f"{live_site}/?next=*")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_role("button").first.click()
    page.wait_for_url(f"{live_site}/verify/?next=*")
    page.get_by_label("Code").fill(mailed_code())


def shown(page, url):
    """The JSON that the application shows in the end."""
    page.wait_for_url(re.compile(re.escape(url)))
    expect(page.locator("pre")).to_have_text(re.compile("email"))
    return json.loads(page.locator("pre").inner_text())


@pytest.mark.parametrize(
    ("name", "client", "callback", "expected"),
    [
        ("openid-client", BAKERY, "/callback", {"claimed": ADDRESS, "ended": "invalid_grant"}),
        ("passport", OLD, "/callback", {}),
        ("auth-js", BAKERY, "/auth/callback/otp", {}),
        ("oidc-client-ts", APP, "/callback", {"fresh": True}),
    ],
)
def test_a_stock_client_signs_somebody_in(start, page, live_site, name, client, callback, expected):
    with start(name, client, callback) as url:
        page.goto(url)
        if name == "auth-js":
            page.get_by_role("button").click()
        sign_in_here(page, live_site)
        assert shown(page, url) == {"email": ADDRESS} | expected
