"""The page of the previous system works with this site."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.conftest import press, said
from tests.support.api import ADDRESS, mailed_code, other_than
from tests.support.timeouts import TIMEOUT


@pytest.fixture
def page(live_site, monkeypatch):
    monkeypatch.setenv("ORIGINAL_API_URL", f"{live_site}/otp")
    return AppTest.from_file(str(Path(__file__).with_name("original_page.py")), default_timeout=TIMEOUT).run()


def test_it_sends_and_verifies(page):
    page.text_input[0].input(ADDRESS)
    assert said(press(page, "Send OTP")) == ["OTP sent successfully"]
    code = mailed_code()
    page.text_input[1].input(other_than(code))
    assert said(press(page, "Verify OTP")) == ["Invalid OTP"]
    page.text_input[1].input(code)
    press(page, "Verify OTP")
    assert [box.value for box in page.success] == ["OTP verified successfully"]
    assert said(press(page, "Verify OTP")) == ["OTP not found"]


def test_it_shows_what_is_missing(page):
    assert said(press(page, "Send OTP")) == ["Action and email are required"]
    page.text_input[0].input("nobody")
    assert said(press(page, "Send OTP")) == ["Invalid email format"]
