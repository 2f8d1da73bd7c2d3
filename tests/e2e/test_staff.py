"""One of the staff at work in the admin, in a real Chromium."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from otp import staff
from otp.models import Attempt
from tests.admin.attempts import write
from tests.e2e.conftest import DESK, PHONE, ask, code_in_inbox

pytestmark = pytest.mark.browser

STAFF, PERSON = "staff@example.com", "person@example.com"
SHOTS = os.environ.get("SHOTS")  # a folder for screenshots, to be looked at


def enter(page, address=STAFF):
    """Go to the admin, and sign in on the way."""
    page.goto("/admin/")
    ask(page, address)
    page.get_by_label("Code").fill(code_in_inbox(page, address))
    page.wait_for_url("**/admin/")


def rows(page):
    """The keys of the lines on a list."""
    return page.locator("#result_list input.action-select, #result_list th a").evaluate_all(
        "all => all.map(each => each.value || each.pathname)"
    )


def follow(page, name, **options):
    """Click a link, and wait for what it leads to."""
    with page.expect_navigation():
        page.get_by_role("link", name=name, **options).click()


def run(page, action, text):
    """Tick the line with that text, and act on it."""
    page.locator("#result_list tr", has_text=text).locator("input.action-select").check()
    page.locator("select[name=action]").select_option(label=action)
    page.get_by_role("button", name="Go").click()


def shoot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture
def desk(open_browser):
    staff.appoint_by_command(STAFF, "staff")
    page = open_browser(viewport=DESK)
    enter(page)
    return page


def test_from_the_sign_in_to_the_log_its_filters_its_pages_and_a_detail(desk):
    write(300, datetime.now(UTC))
    desk.goto("/admin/")
    follow(desk, "Attempts", exact=True)
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
    desk.locator("#searchbar").fill("person7@example.com")
    desk.get_by_role("button", name="Search").click()
    expect(desk.locator("#result_list tbody tr")).to_have_count(1)
    desk.locator("#result_list th a").click()
    expect(desk.get_by_text("person7@example.com").first).to_be_visible()
    for name in ("account", "codes", "budget", "all attempts"):
        expect(desk.get_by_role("link", name=name, exact=True)).to_be_visible()


def test_a_revoked_code_signs_nobody_in(desk, open_browser):
    page = open_browser()
    page.goto("/")
    ask(page, PERSON)
    code = code_in_inbox(page, PERSON)
    desk.goto("/admin/otp/code/")
    expect(desk.locator("time[data-left]").first).to_have_text(re.compile(r"in 1[45]:\d\d"))
    run(desk, "Revoke", PERSON)
    expect(desk.locator(".messagelist")).to_have_text("1 revoked.")
    page.get_by_label("Code").fill(code)
    expect(page.get_by_text("used before, or another has replaced it")).to_be_visible()


def test_a_deactivated_account_s_other_browser_is_signed_out(desk, open_browser):
    page = open_browser()
    page.goto("/")
    ask(page, PERSON)
    page.get_by_label("Code").fill(code_in_inbox(page, PERSON))
    page.wait_for_url("**/account/")
    desk.goto("/admin/otp/account/")
    run(desk, "Deactivate", PERSON)
    expect(desk.locator(".messagelist")).to_have_text("1 deactivated.")
    page.reload()
    expect(page).to_have_url(re.compile("next=/account/"))
    desk.goto("/admin/")
    expect(desk.get_by_role("link", name=f"Deactivated: {PERSON}")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "size"), [("phone", PHONE), ("desk", DESK)])
def test_every_page_fits_and_loads_nothing_foreign(open_browser, name, size, scheme):
    staff.appoint_by_command(STAFF, "superuser")
    write(60, datetime.now(UTC))
    page = open_browser(viewport=size, color_scheme=scheme)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    ask(page, PERSON)
    page.goto("/admin/")
    enter(page)
    staff.revoke(next(iter_codes()), by=staff.members()[0])
    attempt = Attempt.objects.order_by("-created_at")[0].pk
    paths = {
        "index": "/admin/",
        "attempts": "/admin/otp/attempt/",
        "attempt": f"/admin/otp/attempt/{attempt}/change/",
        "codes": "/admin/otp/code/",
        "accounts": "/admin/otp/account/",
        "account": "/admin/otp/account/staff_40example.com/change/",
        "history": "/admin/otp/account/staff_40example.com/history/",
        "budgets": "/admin/otp/address/",
        "audit": "/admin/otp/auditentry/",
    }
    for title, path in paths.items():
        response = page.goto(path)
        assert response.ok
        shoot(page, f"{title}-{name}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{title} is wider than the window"
    assert {url.split("/")[2] for url in asked if not url.startswith("data:")} == {page.url.split("/")[2]}


def iter_codes():
    from otp.models import Code

    return (code.pk for code in Code.objects.order_by("-created_at") if code.address == PERSON)
