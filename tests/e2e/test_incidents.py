"""At three in the morning: what staff who have never seen the admin ask of it, and find in three clicks each."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from otp.accounts import staff
from otp.local.incidents import ATTACKER, RETURNED
from otp.models import Block, Suppression
from tests.e2e.conftest import DESK, PHONE, enter

pytestmark = pytest.mark.browser

STAFF = "staff@example.com"


class Clicks:
    """Clicks links and buttons of a page, and counts them."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def click(self, role, name, **options):
        self.count += 1
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=name, **options).first.click()


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def night(request, open_browser):
    """The first page of the admin, after an hour with an outage, an attack and a bounce."""
    call_command("demo_data", days=2, per_day=20, incidents=True, stdout=StringIO())
    staff.appoint_by_command(STAFF, "staff")
    page = open_browser(viewport=request.param)
    enter(page, STAFF, "/admin/")
    yield Clicks(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0


def test_is_sign_in_broken_and_since_when_and_why(night):
    page = night.page
    expect(
        page.get_by_text(re.compile(r"^40 of (4\d|5\d) messages could not be sent (since|from) \d\d:\d\d"))
    ).to_be_visible()
    assert night.count == 0
    night.click("link", "Why?")
    expect(page.get_by_text("message failed, SendingPausedException").first).to_be_visible()
    night.click("link", re.compile(r"\d\d:\d\d:\d\d$"))
    expect(page.get_by_text("Sending is paused: see the SES console.")).to_be_visible()
    assert night.count <= 3


def test_who_is_attacking_whom_and_stop_it(night):
    page = night.page
    expect(
        page.get_by_text(re.compile(r"Somebody may be guessing: .*\d+ wrong codes (since|from) \d\d:\d\d UTC"))
    ).to_be_visible()
    night.click("link", "Who?")
    expect(page.get_by_role("heading", name=f"What network {ATTACKER.ip_hash[:8]} tried")).to_be_visible()
    expect(page.locator(".network tbody tr")).to_have_count(10)
    expect(page.locator(".network tbody tr").first).to_contain_text("wrong code")
    assert night.count == 1
    night.click("button", "Block this network…")
    night.click("button", "Yes")
    expect(page.locator(".messagelist")).to_have_text("1 blocked for an hour.")
    expect(page.get_by_text("Blocked until")).to_be_visible()
    assert night.count <= 3
    assert Block.objects.get(pk=ATTACKER.ip_hash)


def test_why_did_this_code_not_arrive_and_let_it_arrive(night):
    page = night.page
    page.get_by_label("Why did a code not arrive?").fill(RETURNED)
    night.click("button", "Search")
    expect(page.locator("#result_list .field-result").first).to_have_text("no code: its mail came back")
    expect(page.get_by_text("code sent, bounced")).to_be_visible()
    assert night.count <= 3
    night.count = 0
    night.click("link", "Lift the suppression…")
    night.click("button", "Lift: send codes again")
    expect(page.locator(".messagelist")).to_have_text("1 lifted.")
    assert night.count <= 3
    assert not Suppression.objects.filter(pk__in=[RETURNED])
