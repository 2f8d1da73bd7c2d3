"""Arbitrary requests of staff to the admin get a response."""

import re
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from otp.models import Account
from tests.admin.entries import write
from tests.support.accounts import member
from tests.support.fuzz import FORM, addresses, is_answer, query, quoted, text

pytestmark = [pytest.mark.usefixtures("quiet_log"), pytest.mark.thorough]


MODELS = ["logentry", "code", "account", "address", "suppression", "auditentry"]
KEYS = ["q", "after", "before", "outcome", "channel", "flow", "role", "p", "o", "all", "e", "_popup", "_to_field"]
DATES = ["created_at__year", "created_at__month", "created_at__day", "created_at__gte", "address__startswith"]
params = some.dictionaries(
    some.one_of(some.sampled_from([*KEYS, *DATES, "range", "_facets", "_changelist_filters"]), text),
    some.one_of(text, some.integers().map(str), some.sampled_from(["2026", "13", "31", "otp_sent", "email", "24h"])),
    max_size=4,
)


@pytest.fixture
def boss():
    boss = member("boss@example.com", role=Account.Role.SUPERUSER)
    client = Client()
    client.force_login(boss)
    return client


@given(some.sampled_from(MODELS), params)
def test_no_filter_search_or_page_of_the_admin_causes_a_server_error(boss, model, parameters):
    is_answer(boss.get(f"/admin/otp/{model}/?{query(parameters)}"))


@given(some.sampled_from(["", "analytics/", "analytics.csv"]), params)
def test_no_range_of_the_analytics_causes_a_server_error(boss, page, parameters):
    is_answer(boss.get(f"/admin/{page}?{query(parameters)}"))


@given(
    some.sampled_from(MODELS), some.one_of(text, addresses), some.sampled_from(["change/", "history/", "delete/", ""])
)
def test_no_key_in_the_admin_causes_a_server_error(boss, model, key, page):
    is_answer(boss.get(f"/admin/otp/{model}/{quoted(key)}/{page}"))


@given(
    some.sampled_from(MODELS),
    some.fixed_dictionaries(
        {},
        optional={
            "action": some.one_of(
                text, some.sampled_from(["unlock", "revoke", "deactivate", "make_staff", "delete_selected"])
            ),
            "_selected_action": some.one_of(addresses, text),
            "index": some.one_of(text, some.integers().map(str)),
            "select_across": text,
        },
    ),
)
def test_no_action_in_the_admin_causes_a_server_error(boss, model, fields):
    is_answer(boss.post(f"/admin/otp/{model}/", query(fields), content_type=FORM))


@given(at=some.integers(0, 300), other=some.characters(codec="ascii"))
def test_no_changed_cursor_causes_a_server_error(boss, at, other, cursor):
    at %= len(cursor)
    is_answer(boss.get(f"/admin/otp/logentry/?after={quoted(cursor[:at] + other + cursor[at + 1 :])}"))


@pytest.fixture
def cursor(boss):
    write(30, timezone.now())
    return unquote(re.search(r"after=([^\"&]+)", boss.get("/admin/otp/logentry/").text)[1])
