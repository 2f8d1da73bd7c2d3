"""Every page and state of the admin; see `states`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import time_machine
from django.core.management import call_command

from otp.accounts import staff
from otp.clock import HOUR
from otp.delivery import suppressions
from otp.dynamo.operations import batch_put
from otp.models import Block, Code
from tests.admin.entries import entry, write
from tests.e2e.conftest import Stage, begin, enter, press
from tests.support.accounts import account_at

State = tuple[str, Any]
NETWORK = "ab12cd34" * 4  # of most entries
STAFF, VIEWER, PERSON = "staff@example.com", "viewer@example.com", "person@example.com"


def admin(stage: Stage) -> Iterator[State]:
    """The lists, with entries and empty, and the pages that they link to."""
    staff.appoint_by_command(STAFF, "superuser")
    page = stage.open()
    enter(page, STAFF, "/admin/")
    for model in ("code", "address", "suppression", "block", "auditentry"):
        page.goto(f"/admin/otp/{model}/?q=nobody@example.com")
        yield f"admin-{model}-none", page
    fill_tables(stage)
    page.goto("/admin/")
    yield "admin", page
    for model in ("logentry", "code", "account", "address", "suppression", "block", "auditentry"):
        page.goto(f"/admin/otp/{model}/")
        yield f"admin-{model}-list", page
        press(page.locator("#result_list th a").first)
        yield f"admin-{model}", page
    page.goto("/admin/otp/logentry/")
    press(page.get_by_role("link", name="signed in", exact=True))
    press(page.get_by_role("link", name=f"{datetime.now(UTC):%B %Y}"))
    yield "admin-attempt-filtered", page
    page.goto(f"/admin/otp/account/{account_at(STAFF).pk}/history/")
    yield "admin-history", page
    page.goto("/admin/otp/code/")
    act(page, "Revoke", PERSON)
    yield "admin-acted", page
    press(page.get_by_role("button", name="Go"))
    yield "admin-nothing-ticked", page
    page.goto(f"/admin/otp/logentry/?network={NETWORK}")
    yield "admin-network", page
    press(page.get_by_role("button", name="Block this network…"))
    yield "admin-ask-how-long", page
    page.goto("/admin/otp/logentry/?q=full@example.com")
    yield "admin-suppressed", page
    page.goto("/admin/otp/account/nobody/change/")
    yield "admin-no-such-thing", page


def not_staff(stage: Stage) -> Iterator[State]:
    """A user without a role, and one with the role of least permissions."""
    page = stage.open()
    enter(page, PERSON)
    page.goto("/admin/")
    yield "admin-forbidden", page
    staff.appoint_by_command(VIEWER, "viewer")
    page = stage.open()
    enter(page, VIEWER)
    page.goto("/admin/otp/code/")
    yield "admin-read-only", page


def analytics(stage: Stage) -> Iterator[State]:
    with time_machine.travel(busy_hour()):
        yield from figures(stage)


def figures(stage: Stage) -> Iterator[State]:
    now = datetime.now(UTC)
    staff.appoint_by_command(STAFF, "viewer")
    page = stage.open()
    enter(page, STAFF)
    page.goto("/admin/analytics/?range=7d")
    yield "analytics-empty", page
    call_command("demo_data", days=30, per_day=200, stdout=StringIO())
    page.goto("/admin/")
    yield "overview", page
    batch_put(*(entry(60 * minutes, now, outcome="delivery_failed") for minutes in range(20)))
    page.reload()
    yield "overview-broken", page
    for name in ("24h", "7d", "30d"):
        page.goto(f"/admin/analytics/?range={name}")
        yield f"analytics-{name}", page
    page.get_by_text("Show as a table").click()
    yield "analytics-table", page


WALKS = [admin, not_staff, analytics]


def busy_hour() -> datetime:
    """Half past ten of the next Tuesday, so that a picture shows the same hour whenever it is taken."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return (tomorrow + timedelta(days=(1 - tomorrow.weekday()) % 7)).replace(hour=10, minute=30, second=0)


def fill_tables(stage: Stage) -> None:
    """Write items to each table, so that no list is empty."""
    write(60, datetime.now(UTC))
    suppressions.suppress("full@example.com", "bounce")
    Block.objects.create(ip_hash="f00d" * 8, until=datetime.now(UTC) + timedelta(days=1), created_at=datetime.now(UTC))
    stage.settings.OTP_SEND_WINDOWS = (HOUR,)  # only addresses with a long wait are listed
    begin(stage.open(), PERSON)
    del stage.settings.OTP_SEND_WINDOWS
    enter(stage.open(), "gone@example.com")
    staff.deactivate(account_at("gone@example.com").pk, by=staff.staff_accounts()[0])


def revoke_codes_of(address: str) -> None:
    for code in Code.objects.order_by("-created_at"):
        if code.address == address:
            staff.revoke(code.pk, by=staff.staff_accounts()[0])


def act(page: Any, action: str, text: str) -> None:
    """Select the row with that text and run an action on it."""
    page.locator("#result_list tr", has_text=text).locator("input.action-select").check()
    page.locator("select[name=action]").select_option(label=action)
    press(page.get_by_role("button", name="Go"))
