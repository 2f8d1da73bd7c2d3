"""The JSON API for staff: permissions, content, and number of requests."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from otp.accounts import staff
from otp.dynamo.operations import batch_put
from otp.models import Account
from otp.outcomes import Outcome
from otp.stats.rollup import RANGES, stats
from otp.tokens import keyring
from tests.admin.entries import entry, write
from tests.support.accounts import change_account
from tests.support.api import ADDRESS, me, signed_in
from tests.support.openapi import conforms

pytestmark = pytest.mark.slow

NOW = datetime(2033, 5, 18, 12, 30, tzinfo=UTC)
PATHS = ("/otp/staff/figures", "/otp/staff/log")
ANN = "ann@example.com"


@pytest.fixture(autouse=True)
def clock(settings):
    settings.OTP_JWT_KEYS = [keyring.new_key()]
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def get(path, token=None, **query):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = Client().get(path, query, headers=headers)
    return conforms(response, path, "get") if response.status_code != 405 else response


def enter(role="viewer", address=ADDRESS):
    """Sign in with a role; returns the access token."""
    staff.appoint_by_command(address, role)
    return signed_in(address)["access_token"]


def status_and_code(response):
    return response.status_code, response.json()["code"]


def listing(token, **query):
    """A page's entries as (outcome, address), and the cursor of the next page."""
    answered = get("/otp/staff/log", token, **query).json()
    return [(entry["outcome"], entry["address"]) for entry in answered["entries"]], answered["next"]


# -- permissions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", Account.Role.values)
def test_every_role_reads(path, role):
    assert get(path, enter(role)).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_users_without_a_role_are_refused(path):
    refused = get(path, signed_in()["access_token"])
    assert status_and_code(refused) == (403, "staff_only")
    assert refused.json().keys() == {"message", "code"}


@pytest.mark.parametrize("path", PATHS)
def test_requests_without_a_valid_token_are_refused(path, clock):
    token = enter()
    for wrong in (None, "x", f"{token}x"):
        response = get(path, wrong)
        assert status_and_code(response) == (401, "token_invalid")
        assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    clock.shift(601)
    assert status_and_code(get(path, token)) == (401, "token_invalid")


@pytest.mark.parametrize("path", PATHS)
def test_dismissed_or_deactivated_staff_are_refused_at_once(path):
    token = enter()
    staff.dismiss_by_command(ADDRESS)
    assert status_and_code(get(path, token)) == (403, "staff_only")
    assert me(token).status_code == 200
    staff.appoint_by_command(ADDRESS, "staff")
    assert get(path, token).status_code == 200
    change_account(ADDRESS, is_active=False)
    assert status_and_code(get(path, token)) == (401, "token_invalid")


@pytest.mark.parametrize("path", PATHS)
def test_the_staff_api_is_read_only(path):
    response = Client(enforce_csrf_checks=True).post(path)
    assert status_and_code(response) == (405, "method_not_allowed")


# -- content ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RANGES)
def test_the_figures_are_those_of_the_analytics_page(name):
    token = enter()
    answered = get("/otp/staff/figures", token, range=name).json()
    assert {key: answered[key] for key in stats(name)} == stats(name)
    assert answered["total"]["sign_ins"] == 1


def test_without_a_range_it_is_the_last_day():
    assert get("/otp/staff/figures", enter()).json()["range"] == "24h"


def test_an_attempt_shows_what_the_list_of_the_admin_shows():
    answered = get("/otp/staff/log", enter()).json()
    assert {entry["outcome"] for entry in answered["entries"]} == {"otp_verified", "otp_sent"}
    newest = answered["entries"][0]
    about = {"outcome", "address", "channel", "flow", "client", "network", "error", "delivery"}
    assert newest.keys() == {"created_at", *about}
    assert (newest["address"], newest["channel"], newest["flow"]) == (ADDRESS, "email", "api")
    assert len(newest["network"]) == 8
    assert answered["outcomes"] == {each.value: each.label for each in Outcome}


def test_it_is_paged_to_the_end_without_a_gap():
    token = enter()
    write(120, NOW + timedelta(hours=1))
    pages, cursor = [], {}
    while cursor is not None:
        page, following = listing(token, **cursor)
        pages.append(page)
        cursor = following and {"cursor": following}
    assert [len(page) for page in pages] == [50, 50, 22]
    assert len({address for page in pages for _, address in page}) == 121


def test_it_is_filtered_by_outcome_by_address_and_by_both():
    token = enter()
    batch_put(*(entry(number, NOW, address=ANN) for number in range(1, 7)))
    wrong, _ = listing(token, outcome="otp_invalid")
    assert wrong == [("otp_invalid", ANN)] * 2
    hers, _ = listing(token, address=" Ann@Example.com")
    assert [address for _, address in hers] == [ANN] * 6
    assert listing(token, address=ANN, outcome="otp_sent") == ([("otp_sent", ANN)] * 2, None)
    assert listing(token, address="nobody@example.com") == ([], None)


def test_a_phone_is_an_address_where_sms_is_on(settings):
    token = enter()
    settings.OTP_SMS = True
    batch_put(entry(1, NOW, address="+61412345678"))
    assert listing(token, address="+61 412 345 678")[0] == [("otp_verified", "+61412345678")]
    assert status_and_code(get("/otp/staff/log", token, address="+61")) == (400, "phone_invalid")


@pytest.mark.parametrize(
    ("path", "query", "refused"),
    [
        (PATHS[0], {"range": "1h"}, (400, "parameter_invalid")),
        (PATHS[0], {"range": ""}, (400, "parameter_invalid")),
        (PATHS[0], {"range": ["7d", "30d"]}, (400, "parameter_invalid")),
        (PATHS[1], {"outcome": "lost"}, (400, "parameter_invalid")),
        (PATHS[1], {"address": "nobody"}, (400, "email_invalid")),
        (PATHS[1], {"address": "\0@example.com"}, (400, "email_invalid")),
        (PATHS[1], {"cursor": "made up"}, (404, "page_not_found")),
        (PATHS[1], {"cursor": ["a", "b"]}, (400, "parameter_invalid")),
    ],
)
def test_invalid_parameters_are_refused(path, query, refused):
    assert status_and_code(get(path, enter(), **query)) == refused


def test_a_cursor_is_valid_only_for_its_list():
    token = enter()
    write(60, NOW)
    _, cursor = listing(token)
    assert status_and_code(get("/otp/staff/log", token, cursor=cursor, outcome="otp_sent")) == (404, "page_not_found")


# -- number of requests ----------------------------------------------------------------------------


def test_a_page_is_one_read_of_the_sign_in_and_one_query(requests_log):
    token = enter()
    write(120, NOW)
    for query in ({}, {"outcome": "otp_sent"}, {"address": ANN}):
        requests_log.clear()
        assert get("/otp/staff/log", token, **query).status_code == 200
        assert requests_log.operations == ["BatchGetItem", "Query"]


def test_both_filters_together_query_only_the_address(requests_log):
    token = enter()
    requests_log.clear()
    listing(token, address=ANN, outcome="otp_sent")
    _, request = requests_log.requests[1]
    assert requests_log.operations == ["BatchGetItem", "Query"]
    assert "IndexName" not in request


def test_the_figures_take_the_same_requests_as_the_analytics_page(requests_log):
    token = enter()
    get("/otp/staff/figures", token)
    requests_log.clear()
    stats("24h")
    page = list(requests_log.operations)
    requests_log.clear()
    get("/otp/staff/figures", token)
    assert requests_log.operations == ["BatchGetItem", *page]


def test_a_sign_in_imports_nothing_of_the_staff_api():
    program = """
import sys, django
django.setup()
from django.test import Client
Client(SERVER_NAME="localhost").post("/otp", "{}", content_type="application/json")
print([name for name in sys.modules if name.startswith(("otp.api.staff", "otp.api.openapi", "otp.stats", "dashboard"))])
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
