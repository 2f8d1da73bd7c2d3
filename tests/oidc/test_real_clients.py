"""Client libraries that nobody here wrote sign in in Chromium, each on its stock configuration."""

import json
import os
import re
import shutil
import subprocess
import sys
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
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}  # where Debian's packages put the sources of libraries
MODULES = Path("/usr/lib/apache2/modules")


@pytest.fixture
def clock():
    """Not frozen: the clients compare the times in tokens with their own clocks."""


def with_node(file, folder):
    if not (BUILD / "node_modules").exists():
        unavailable("no build/openid-clients (make openid-clients downloads them)")
    shutil.copy(file, BUILD)
    return ["node", str(BUILD / file.name)], {}


def with_python(file, folder):
    pytest.importorskip("mozilla_django_oidc")
    pytest.importorskip("authlib.integrations.starlette_client")
    return [sys.executable, str(file)], {"DATABASE": str(folder / "database")}


def with_go(file, folder):
    if not shutil.which("go") or not (Path(GO["GOPATH"]) / "src/github.com/coreos/go-oidc").exists():
        unavailable("no Go with go-oidc (golang-go, golang-github-coreos-go-oidc-dev, golang-golang-x-oauth2-dev)")
    subprocess.run(["go", "build", "-o", folder / "app", file], env=os.environ | GO, check=True)
    return [str(folder / "app")], {}


def with_apache(file, folder):
    if not (MODULES / "mod_auth_openidc.so").exists():
        unavailable("no Apache with mod_auth_openidc (apache2, libapache2-mod-auth-openidc)")
    return ["apache2", "-DFOREGROUND", "-f", str(file)], {"FOLDER": str(folder), "MODULES": str(MODULES)}


PREPARED = {".js": with_node, ".py": with_python, ".go": with_go, ".conf": with_apache}


@contextmanager
def application(name, folder, **environment):
    """Run one of the applications. Yields its URL once it answers there."""
    (file,) = SOURCES.glob(f"{name}.*")
    command, more = PREPARED[file.suffix](file, folder)
    url = f"http://127.0.0.1:{environment['PORT']}"
    with subprocess.Popen(command, env=os.environ | environment | more) as process:
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
def start(live_site, settings, tmp_path):
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
        with application(name, tmp_path, **given) as running:
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


def allow_here(page):
    """Consent: any program could be at a loopback address."""
    page.get_by_role("button", name="Allow", exact=True).click()


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
        ("mozilla_django_oidc_app", BAKERY, "/oidc/callback/", {}),
        ("fastapi_app", BAKERY, "/callback", {}),
        ("apache", BAKERY, "/callback", {}),
        ("go-oidc", BAKERY, "/callback", {}),
    ],
)
def test_a_stock_client_signs_somebody_in(start, page, live_site, name, client, callback, expected):
    with start(name, client, callback) as url:
        page.goto(url)
        if name == "auth-js":
            page.get_by_role("button").click()
        sign_in_here(page, live_site)
        if client is APP:
            allow_here(page)
        assert shown(page, url) == {"email": ADDRESS} | expected


def test_a_stock_client_signs_somebody_in_by_a_pop_up(start, page, live_site):
    with start("oidc-client-ts", APP, "/callback") as url:
        page.goto(f"{url}/pop-up")
        with page.expect_popup() as opening:
            page.get_by_role("button").click()
        sign_in_here(opening.value, live_site)
        allow_here(opening.value)
        assert shown(page, url) == {"email": ADDRESS, "fresh": True}
