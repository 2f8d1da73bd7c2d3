"""The route handlers in Next.js itself: its server keeps the tokens in cookies."""

import shutil
from pathlib import Path

import pytest
import requests

from otp.models import Session
from tests.examples.conftest import EXAMPLES, running
from tests.support.api import ADDRESS, mailed_code, other_than
from tests.support.tiers import unavailable
from tests.support.timeouts import TIMEOUT

pytestmark = pytest.mark.nextjs

README = EXAMPLES / "nextjs" / "README.md"
BUILD = Path("build/nextjs").absolute()


@pytest.fixture
def next_url(issuer):
    """Next.js with the example, in the folder that has its packages."""
    if not (BUILD / "node_modules").exists():
        unavailable("no build/nextjs (make nextjs downloads it)")
    shutil.copytree(README.parent, BUILD, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", ".next"))
    with running(README, "npx", BUILD, OTP_SITE=issuer, NEXT_TELEMETRY_DISABLED="1") as url:
        yield url


class Browser:
    """A client with cookies that may be copied."""

    def __init__(self, url):
        self.url, self.http = url, requests.Session()

    def ask(self, method, path, **body):
        return self.http.request(method, f"{self.url}/api/{path}", json=body or None, timeout=TIMEOUT)

    def who(self):
        answered = self.ask("GET", "session")
        return answered.status_code, answered.json().get("email")

    def cookies(self):
        return self.http.cookies.get_dict()


def test_a_browser_signs_in_stays_signed_in_and_signs_out(next_url, clock):
    """In one test, because Next.js runs once in a folder."""
    browser, stranger = Browser(next_url), Browser(next_url)
    assert browser.who() == (401, None)
    assert browser.ask("POST", "code", email="nonsense").json()["message"] == "Invalid email format"
    response = browser.ask("POST", "code", email=ADDRESS)
    assert (response.status_code, response.json()["code"], "challenge" in response.json()) == (200, "otp_sent", False)
    code = mailed_code()
    assert stranger.ask("POST", "session", email=ADDRESS, otp=code).status_code == 400  # another browser's code
    assert browser.ask("POST", "session", email=ADDRESS, otp=other_than(code)).json()["message"] == "Invalid OTP"

    signed_in = browser.ask("POST", "session", email=ADDRESS, otp=code)
    assert signed_in.json() == {"message": "OTP verified successfully", "code": "otp_verified"}
    set_cookies = signed_in.raw.headers.getlist("Set-Cookie")
    assert len(set_cookies) == 3
    assert all("; HttpOnly; SameSite=Lax" in each for each in set_cookies)
    first = browser.cookies()
    assert first.keys() == {"access_token", "refresh_token"}
    assert browser.who() == (200, ADDRESS)

    clock.shift(600)  # the access token expires
    tab = Browser(next_url)
    tab.http.cookies.update(first)
    assert browser.who() == (200, ADDRESS)
    assert browser.cookies()["refresh_token"] != first["refresh_token"]
    assert tab.who() == (200, ADDRESS)  # which sent the cookies from before
    assert tab.cookies()["refresh_token"] == browser.cookies()["refresh_token"]

    assert browser.ask("DELETE", "session").status_code == 200
    assert browser.cookies() == {}
    assert (browser.who(), tab.who()) == ((401, None), (401, None))
    assert not Session.objects.filter(subject=first["refresh_token"].partition(".")[0]).exists()
