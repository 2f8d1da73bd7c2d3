"""Staff use the admin in Chromium."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from otp.accounts import staff
from otp.dynamo.operations import batch_put
from otp.models import Suppression
from tests.admin.entries import entry, write
from tests.e2e.conftest import DESK, ask, code_in_inbox, enter, press
from tests.e2e.looks import LONG

pytestmark = pytest.mark.browser

STAFF, PERSON = "staff@example.com", "person@example.com"


def rows(page):
    """The keys of the rows of a list."""
    return page.locator("#result_list th a").evaluate_all("all => all.map(each => each.pathname)")


def follow(page, name, **options):
    """Click a link, and wait for the page that it leads to."""
    with page.expect_navigation():
        page.get_by_role("link", name=name, **options).click()


def run(page, action, text):
    """Select the row with that text and run an action on it."""
    page.locator("#result_list tr", has_text=text).locator("input.action-select").check()
    page.locator("select[name=action]").select_option(label=action)
    page.get_by_role("button", name="Go").click()


@pytest.fixture
def desk(open_browser):
    staff.appoint_by_command(STAFF, "staff")
    page = open_browser(viewport=DESK)
    enter(page, STAFF, "/admin/")
    return page


def test_from_the_sign_in_to_the_log_its_filters_its_pages_and_a_detail(desk):
    write(300, datetime.now(UTC))
    desk.goto("/admin/")
    press(desk.get_by_role("navigation", name="Lists").get_by_role("link", name="Sign-in log", exact=True))
    first = rows(desk)
    assert len(first) == 25
    seen = [first]
    for _ in range(5):
        follow(desk, "Older")
        seen.append(rows(desk))
    flat = [key for keys in seen for key in keys]
    assert len(flat) == len(set(flat)) == 150
    for expected in reversed(seen[:-1]):
        follow(desk, "Newer")
        assert rows(desk) == expected
    follow(desk, "signed in", exact=True)
    expect(desk.locator("td.field-result").first).to_have_text("signed in")
    assert set(desk.locator("td.field-result").all_text_contents()) == {"signed in"}
    follow(desk, f"{datetime.now(UTC):%B %Y}")
    expect(desk.get_by_role("link", name="All dates")).to_be_visible()
    follow(desk, "Clear all filters")
    desk.locator("#searchbar").fill("person7@example.com")
    desk.get_by_role("button", name="Search").click()
    expect(desk.locator("#result_list tbody tr")).to_have_count(1)
    desk.locator("#result_list th a").click()
    expect(desk.get_by_text("person7@example.com").first).to_be_visible()
    for name in ("account", "codes", "budget", "sign-in log"):
        expect(desk.get_by_role("link", name=name, exact=True)).to_be_visible()


def test_a_revoked_code_does_not_sign_in(desk, open_browser):
    page = open_browser()
    page.goto("/")
    ask(page, PERSON)
    code = code_in_inbox(page, PERSON)
    desk.goto("/admin/otp/code/")
    expect(desk.locator("time[data-left]").first).to_have_text(re.compile(r"in 1[45]:\d\d"))
    run(desk, "Revoke", PERSON)
    expect(desk.locator(".messagelist")).to_have_text("1 revoked.")
    page.get_by_label("Code").fill(code)
    expect(page.get_by_text("a newer one has replaced it")).to_be_visible()


def test_a_deactivated_account_s_other_browser_is_signed_out(desk, open_browser):
    page = open_browser()
    page.goto("/")
    ask(page, PERSON)
    page.get_by_label("Code").fill(code_in_inbox(page, PERSON))
    page.wait_for_url("**/account/")
    desk.goto("/admin/otp/account/")
    run(desk, "Deactivate", PERSON)
    desk.get_by_role("button", name="Yes").click()
    expect(desk.locator(".messagelist")).to_have_text("1 deactivated.")
    page.reload()
    expect(page).to_have_url(re.compile("next=/account/"))
    desk.goto("/admin/")
    expect(desk.get_by_role("link", name=f"Deactivated: {PERSON}")).to_be_visible()


PAPER = "() => getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(24, 29, 26)"


def test_the_colours_follow_the_system_and_the_admins_own_switch(open_browser):
    staff.appoint_by_command(STAFF, "staff")
    page = open_browser(viewport=DESK, color_scheme="dark")
    enter(page, STAFF, "/admin/")
    assert page.evaluate(PAPER) == DARK
    switch = page.get_by_role("button", name="Toggle theme")
    seen = set()
    for _ in range(3):  # automatic, light and dark, in the order that Django chooses
        switch.click()
        seen.add((page.locator("html").get_attribute("data-theme"), page.evaluate(PAPER)))
    assert seen == {("auto", DARK), ("light", LIGHT), ("dark", DARK)}


def test_on_a_phone_a_row_is_a_card(open_browser):
    staff.appoint_by_command(STAFF, "staff")
    write(3, datetime.now(UTC))
    page = open_browser(viewport={"width": 320, "height": 640})
    enter(page, STAFF, "/admin/otp/logentry/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    address = page.locator("#result_list .field-address_link").first.bounding_box()
    assert address["height"] < 30  # one line
    row = page.locator("#result_list tbody tr").first.bounding_box()
    assert (row["width"] > 240, row["height"] < 130) == (True, True)


def test_no_column_is_cut_off_on_a_desk(desk):
    """A list that is too wide scrolls in itself, so its last columns aren't seen."""
    now = datetime.now(UTC)
    failed = {"outcome": "delivery_failed", "error": "MailFromDomainNotVerifiedException"}
    batch_put(*(entry(number, now, address=LONG, **failed) for number in range(3)))
    Suppression.objects.create(address=LONG, reason="complaint", created_at=now)
    for model in ("logentry", "suppression", "code", "account", "auditentry"):
        desk.goto(f"/admin/otp/{model}/")
        wide = desk.locator(".results").evaluate("(list) => list.scrollWidth - list.clientWidth")
        assert wide <= 0, model
