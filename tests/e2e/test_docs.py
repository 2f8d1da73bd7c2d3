"""The API's documentation page in Chromium: under its CSP, it shows the OpenAPI document and can send a request."""

import pytest

from otp.tokens import keyring
from tests.e2e.conftest import DESK

pytestmark = pytest.mark.browser


@pytest.fixture
def docs(open_browser, settings):
    settings.OTP_JWT_KEYS = [keyring.new_key()]
    page = open_browser(viewport=DESK)
    page.goto("/otp/docs")
    return page


def test_the_page_shows_each_operation(docs):
    summaries = docs.locator(".opblock-summary-path")
    summaries.first.wait_for()
    paths = [text.replace("\u200b", "") for text in summaries.all_inner_texts()]
    of_staff = ["/otp/staff/figures", "/otp/staff/log"]
    assert paths == ["/otp", "/otp/me", "/.well-known/jwks.json", *of_staff, "/otp/openapi.json"]


def test_a_request_can_be_tried_there(docs):
    docs.locator("#operations-Sign-in-post_otp").get_by_role("button").first.click()
    docs.get_by_role("button", name="Try it out").click()
    docs.get_by_role("textbox").last.fill('{"action": "send_otp", "email": "docs@example.com"}')
    docs.get_by_role("button", name="Execute").click()
    answered = docs.locator(".live-responses-table")
    answered.wait_for()
    assert "otp_sent" in answered.inner_text()


def test_without_javascript_it_names_the_document(open_browser):
    page = open_browser(java_script_enabled=False)
    page.goto("/otp/docs")
    assert page.get_by_role("link").get_attribute("href") == "/otp/openapi.json"
