"""All lists: content and number of requests. The log's paging and filters have their own tests."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.test import Client

from otp.accounts import staff
from otp.dynamo.operations import Update, batch_put
from otp.models import Address, Code, LogEntry
from otp.signin import budgets
from tests.admin.entries import LOG, NOW, entry
from tests.support.accounts import change_account
from tests.support.api import ADDRESS, ask

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("noon")]


def test_the_other_lists_cost_the_account_and_one_query(viewer, requests_log, settings):
    """And a read of the items, if the index only contains keys."""
    settings.OTP_SEND_WINDOWS = (3600,)
    ask()
    staff.appoint_by_command(ADDRESS, "viewer")
    for path in ("code", "account", "account/?role=viewer", "address", "auditentry", "code/?q=person@example.com"):
        requests_log.clear()
        page = viewer.get(f"/admin/otp/{path}" + ("" if "?" in path else "/"))
        assert len(page.context["cl"].result_list) >= 1, path
        items = [] if path == "auditentry" else ["BatchGetItem"]
        assert requests_log.operations == ["BatchGetItem", "Query", *items], path


def test_budgets_and_accounts_can_be_searched_by_address(viewer, requests_log):
    ask()
    subject = staff.appoint_by_command(ADDRESS, "viewer")
    for model, key, more in (("address", ADDRESS, 0), ("account", subject, 2)):
        requests_log.clear()
        page = viewer.get(f"/admin/otp/{model}/?q={ADDRESS}")
        assert [each.pk for each in page.context["cl"].result_list] == [key]
        assert requests_log.operations == ["BatchGetItem", *["GetItem"] * (1 + more)]


def test_budgets_list_only_long_waits_with_the_longest_first(viewer, clock, settings):
    settings.OTP_SEND_WINDOWS = (1800, 5000, 9000)
    for codes in (1, 3, 2):
        address, sends = f"codes{codes}@example.com", [int(NOW.timestamp())] * codes
        Update(Address, address, budgets.changes(sends, "send", NOW)).run()
    page = viewer.get("/admin/otp/address/")
    assert [each.pk for each in page.context["cl"].result_list] == ["codes3@example.com", "codes2@example.com"]
    clock.shift(5001)
    page = viewer.get("/admin/otp/address/")
    assert [each.pk for each in page.context["cl"].result_list] == ["codes3@example.com"]


def test_list_and_page_show_the_same_end_of_a_wait(viewer, settings):
    settings.OTP_SEND_WINDOWS = (3600,)
    ask()
    listed = re.search(
        r'<td class="field-waits_until[^>]*>([^<]+)<', viewer.get("/admin/otp/address/").content.decode()
    )
    assert listed[1] in viewer.get(f"/admin/otp/address/{quote(ADDRESS)}/change/").content.decode()


def test_a_code_shows_its_state(viewer, clock):
    Code.objects.create(
        key="a",
        address="a@example.com",
        flow="page:x",
        created_at=NOW,
        attempts=2,
        otp_expiry=NOW + timedelta(minutes=9),
    )
    page = viewer.get("/admin/otp/code/").content.decode()
    for text in ("live", "2 of 6", '<time data-left="540">in 9 minutes</time>'):
        assert text in page
    for changes, state in (
        ({"attempts": 6}, "attempts used up"),
        ({"status": "REVOKED"}, "revoked"),
        ({"status": "VERIFIED"}, "used"),
    ):
        Code.objects.filter(pk="a").update(**changes)
        assert f'<td class="field-state">{state}</td>' in viewer.get("/admin/otp/code/").content.decode()
    Code.objects.filter(pk="a").update(status="PENDING")
    clock.shift(541)
    assert '<td class="field-state">expired</td>' in viewer.get("/admin/otp/code/").content.decode()


def test_the_page_of_an_attempt_costs_the_account_and_the_attempt(viewer, requests_log):
    batch_put(entry(1, NOW))
    requests_log.clear()
    pk = LogEntry.objects.order_by("created_at")[0].pk
    requests_log.clear()
    assert viewer.get(f"{LOG}{pk}/change/").status_code == 200
    assert requests_log.operations == ["BatchGetItem", "GetItem"]
    assert requests_log.requests[1][1]["ConsistentRead"]


def test_an_account_without_its_role_is_refused_at_once(viewer):
    change_account("viewer@staff.example", role=None)
    assert viewer.get(LOG).status_code == 302
    assert Client().get(LOG).status_code == 302
