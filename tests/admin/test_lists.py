"""The lists: what a page costs, and that turning pages loses and doubles nothing."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.admin.utils import quote
from django.test import Client

from otp.accounts import staff
from otp.dynamo.operations import batch_put
from otp.models import Account, Address, Attempt, Code
from tests.admin.attempts import attempt, write
from tests.support.tiers import REQUIRED
from tests.support.verbs import ADDRESS, ask

pytestmark = pytest.mark.slow

NOW = datetime(2033, 5, 18, 12, tzinfo=UTC)
ATTEMPTS = "/admin/otp/attempt/"
DAY = "created_at__year=2033&created_at__month=5&created_at__day=18"
LISTS = ["", "outcome=otp_sent", "channel=email", "flow=page", "q=ann%40example.com", DAY, f"flow=api&{DAY}"]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def viewer(enter):
    return enter("viewer")


def shown(response):
    return [attempt.pk for attempt in response.context["cl"].result_list]


def turn(client, response, way):
    url = getattr(response.context["cl"], f"{way}_url")
    return client.get(response.request["PATH_INFO"] + url)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_page_costs_the_account_and_one_query_a_shard(viewer, requests_log, settings, shards):
    settings.OTP_LOG_SHARDS = shards
    write(300, NOW)
    assert_flat(viewer, requests_log, shards)


@pytest.mark.thorough
@pytest.mark.dynamodb_local
def test_it_costs_the_same_with_very_many_attempts(dynamodb_local, enter, settings, request):
    settings.OTP_LOG_SHARDS = 2
    write(100_000 if REQUIRED else 5_000, NOW)
    assert_flat(enter("viewer"), request.getfixturevalue("requests_log"), 2)


def assert_flat(viewer, requests_log, shards):
    for query in LISTS:
        requests_log.clear()
        page = viewer.get(f"{ATTEMPTS}?{query}")
        assert 0 < len(shown(page)) <= 25, query
        read = [asked for operation, asked in requests_log.requests if operation == "Query"]
        assert len(requests_log.requests) == 1 + len(read), "the account, and the queries"
        assert len(read) == (1 if query.startswith("q=") else shards), query
        assert all(asked["Limit"] == 26 and "FilterExpression" not in asked for asked in read)
        if page.context["cl"].older_url:
            requests_log.clear()
            assert shown(turn(viewer, page, "older")), "no empty page behind a next"
            assert len(requests_log.requests) <= 1 + shards


@pytest.mark.parametrize("query", LISTS)
def test_five_pages_on_and_five_back_show_each_once_while_new_ones_arrive(viewer, query):
    batch_put(*(attempt(number, NOW, address="ann@example.com") for number in range(600)))
    page = viewer.get(f"{ATTEMPTS}?{query}")
    there = [shown(page)]
    for number in range(5):
        arriving = attempt(number, NOW + timedelta(minutes=1), id=f"new{number}", address="ann@example.com")
        batch_put(arriving)
        page = turn(viewer, page, "older")
        there.append(shown(page))
    flat = [pk for pks in there for pk in pks]
    assert len(flat) == len(set(flat)) == 150
    assert flat == sorted(flat, reverse=True)
    back = [shown(page)]
    for _ in range(5):
        page = turn(viewer, page, "newer")
        back.append(shown(page))
    assert back == there[::-1]
    assert page.context["cl"].newer_url, "what arrived meanwhile"


def test_pages_hold_under_tied_times(viewer):
    batch_put(*(attempt(number, NOW, created_at=NOW) for number in range(80)))
    page, seen = viewer.get(ATTEMPTS), []
    while True:
        seen += shown(page)
        if not page.context["cl"].older_url:
            break
        page = turn(viewer, page, "older")
    assert len(seen) == len(set(seen)) == 80


def test_the_first_page_has_nothing_newer_and_the_last_nothing_older(viewer):
    batch_put(*(attempt(number, NOW) for number in range(25)))
    changes = viewer.get(ATTEMPTS).context["cl"]
    assert (changes.newer_url, changes.older_url) == (None, None)
    batch_put(attempt(26, NOW))
    assert viewer.get(ATTEMPTS).context["cl"].older_url


def test_a_filter_drops_the_other_filters_and_the_search_but_keeps_the_date(viewer):
    page = viewer.get(f"{ATTEMPTS}?outcome=otp_sent&{DAY}")
    links = [choice["query_string"] for choice in page.context["cl"].filter_specs[2].choices(page.context["cl"])]
    dates = "created_at__day=18&created_at__month=5&created_at__year=2033"
    assert links == [f"?{dates}", f"?{dates}&flow=page", f"?{dates}&flow=api"]


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("flow=page&q=ann%40example.com", "#address = :0"),
        ("flow=page&outcome=otp_sent", "#of_flow = :0"),
        ("flow=nonsense", "#everything = :0"),
        ("o=3.-1&all=&_popup=1&user_agent__contains=x&id__gt=0", "#everything = :0"),
        ("created_at__gte=2033-01-01&created_at=x", "#everything = :0"),
        ("created_at__year=9999", "#everything = :0"),
        ("created_at__year=2033&created_at__day=5", "#everything = :0 AND #created_at BETWEEN :1 AND :2"),
        ("created_at__month=5", "#everything = :0"),
        ("created_at__year=x&created_at__month=5", "#everything = :0"),
        ("created_at__year=2033&created_at__month=5&created_at__day=32", "#everything = :0"),
        ("created_at__year=2033&created_at__month=5", "#everything = :0 AND #created_at BETWEEN :1 AND :2"),
        (f"outcome=otp_sent&{DAY}", "#of_outcome = :0 AND #created_at BETWEEN :1 AND :2"),
    ],
)
def test_whatever_the_query_string_says_one_index_answers(viewer, requests_log, query, condition):
    requests_log.clear()
    assert viewer.get(f"{ATTEMPTS}?{query}").status_code == 200
    assert [request["KeyConditionExpression"] for name, request in requests_log.requests if name == "Query"] == [
        condition
    ]


@pytest.mark.parametrize("cursor", ["x", "", "eyJ:1:2"])
def test_a_cursor_that_was_changed_leads_to_the_first_page(viewer, cursor):
    batch_put(attempt(1, NOW))
    page = viewer.get(f"{ATTEMPTS}?after={cursor}", follow=True)
    assert page.status_code == 200
    assert len(shown(page)) == 1


def test_a_cursor_of_another_listing_is_no_good(viewer):
    batch_put(*(attempt(number, NOW) for number in range(60)))
    after = viewer.get(ATTEMPTS).context["cl"].older_url
    page = viewer.get(f"{ATTEMPTS}{after}&flow=page")
    assert (page.status_code, page["Location"]) == (302, f"{ATTEMPTS}?e=1")


def test_a_search_is_for_one_exact_address_however_it_is_written(viewer):
    batch_put(attempt(0, NOW), attempt(1, NOW))
    assert len(shown(viewer.get(f"{ATTEMPTS}?q=+ANN@Example.com"))) == 1
    assert shown(viewer.get(f"{ATTEMPTS}?q=ann")) == []
    assert shown(viewer.get(f"{ATTEMPTS}?q=")) == shown(viewer.get(ATTEMPTS))


def test_dates_are_drilled_into_without_reading(viewer, requests_log):
    requests_log.clear()
    changes = viewer.get(ATTEMPTS).context["cl"]
    assert [choice["title"] for choice in changes.drill()["choices"]] == [
        *("February 2033", "March 2033", "April 2033", "May 2033")
    ]
    month = viewer.get(ATTEMPTS + changes.drill()["choices"][-1]["link"]).context["cl"]
    assert [choice["title"] for choice in month.drill()["choices"]][-1] == "18 May"
    assert len(month.drill()["choices"]) == 18
    day = viewer.get(ATTEMPTS + month.drill()["choices"][-1]["link"]).context["cl"]
    assert day.drill()["back"]["title"] == "May 2033"
    assert len(requests_log.requests) == 3 * 2


def test_a_day_shows_that_day_alone(viewer):
    batch_put(*(attempt(number * 3600, NOW) for number in range(48)))
    page = viewer.get(f"{ATTEMPTS}?{DAY}")
    assert len(shown(page)) == 13  # from midnight to noon
    assert {each.created_at.day for each in page.context["cl"].result_list} == {18}


def test_the_other_lists_cost_the_account_and_one_query(viewer, requests_log):
    ask()
    staff.appoint_by_command(ADDRESS, "viewer")
    for path in ("code", "account", "account/?role=viewer", "address", "auditentry", "code/?q=person@example.com"):
        requests_log.clear()
        page = viewer.get(f"/admin/otp/{path}" + ("" if "?" in path else "/"))
        assert len(page.context["cl"].result_list) >= 1, path
        assert requests_log.operations == ["GetItem", "Query"], path


@pytest.mark.parametrize("model", ["account", "address"])
def test_an_account_or_a_budget_is_found_by_its_key(viewer, requests_log, model):
    ask()
    staff.appoint_by_command(ADDRESS, "viewer")
    requests_log.clear()
    page = viewer.get(f"/admin/otp/{model}/?q={ADDRESS}")
    assert [each.pk for each in page.context["cl"].result_list] == [ADDRESS]
    assert requests_log.operations == ["GetItem", "GetItem"]


def test_who_waits_longest_for_a_code_comes_first_and_who_waits_for_none_is_not_listed(viewer, clock):
    for address, codes in (("once@example.com", 1), ("often@example.com", 3)):
        for _ in range(codes):
            ask(address)
            clock.shift(200)
    Address.objects.create(address="never@example.com")
    page = viewer.get("/admin/otp/address/")
    assert [each.pk for each in page.context["cl"].result_list] == ["often@example.com", "once@example.com"]
    assert "may be sent a code now" in page.content.decode()


def test_until_when_an_address_waits_is_said_on_its_page_as_in_the_list(viewer):
    ask()
    listed = re.search(
        r'<td class="field-waits_until[^>]*>([^<]+)<', viewer.get("/admin/otp/address/").content.decode()
    )
    assert listed[1] in viewer.get(f"/admin/otp/address/{quote(ADDRESS)}/change/").content.decode()


def test_a_code_says_how_far_it_has_got(viewer, clock):
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
    for change, state in (
        ({"attempts": 6}, "tries used up"),
        ({"status": "REVOKED"}, "revoked"),
        ({"status": "VERIFIED"}, "used"),
    ):
        Code.objects.filter(pk="a").update(**change)
        assert f'<td class="field-state">{state}</td>' in viewer.get("/admin/otp/code/").content.decode()
    Code.objects.filter(pk="a").update(status="PENDING")
    clock.shift(541)
    assert '<td class="field-state">expired</td>' in viewer.get("/admin/otp/code/").content.decode()


def test_an_attempt_s_page_costs_the_account_and_the_attempt(viewer, requests_log):
    batch_put(attempt(1, NOW))
    requests_log.clear()
    pk = Attempt.objects.order_by("created_at")[0].pk
    requests_log.clear()
    assert viewer.get(f"{ATTEMPTS}{pk}/change/").status_code == 200
    assert requests_log.operations == ["GetItem", "GetItem"]
    assert all(request["ConsistentRead"] for _, request in requests_log.requests)


def test_the_index_page_costs_the_account_and_its_recent_actions(viewer, requests_log):
    requests_log.clear()
    assert viewer.get("/admin/").status_code == 200
    assert requests_log.operations == ["GetItem", "Query"]


def test_an_account_that_lost_its_role_sees_nothing_at_once(viewer):
    Account.objects.filter(pk="viewer@staff.example").update(role=None)
    assert viewer.get(ATTEMPTS).status_code == 302
    assert Client().get(ATTEMPTS).status_code == 302
