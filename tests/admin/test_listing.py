"""Paging of the log's list: the number of requests, and that no row is missing or repeated."""

from datetime import timedelta

import pytest

from otp.dynamo.operations import batch_put
from otp.dynamo.reading import SIFT
from tests.admin.entries import DAY, LOG, NOW, entry, shown, write
from tests.support.tiers import REQUIRED

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("noon")]

# The most common outcomes have no index: their entries are filtered from all, a few hundred at a time.
SIFTED = ["outcome=otp_sent", "channel=email", "flow=page", f"flow=api&{DAY}"]
LISTS = ["", "outcome=otp_invalid", "q=ann%40example.com", DAY, f"outcome=otp_invalid&{DAY}", *SIFTED]


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
def test_a_page_costs_the_same_with_very_many_entries(dynamodb_local, enter, settings, request):
    settings.OTP_LOG_SHARDS = 2
    write(100_000 if REQUIRED else 5_000, NOW)
    assert_flat(enter("viewer"), request.getfixturevalue("requests_log"), 2)


def assert_flat(viewer, requests_log, shards):
    for query in LISTS:
        requests_log.clear()
        page = viewer.get(f"{LOG}?{query}")
        assert 0 < len(shown(page)) <= 25, query
        read = [request for operation, request in requests_log.requests if operation == "Query"]
        one_address = query.startswith("q=")
        assert len(requests_log.requests) == 1 + len(read) + one_address, "account, queries, and a suppression"
        assert len(read) == (1 if one_address else shards), query
        sifted = query in SIFTED
        assert {request["Limit"] for request in read} == {SIFT if sifted else 26}, query
        assert all(("FilterExpression" in request) is sifted for request in read), query
        if page.context["cl"].older_url:
            requests_log.clear()
            assert shown(turn(viewer, page, "older")), "a next link must not lead to an empty page"
            assert len(requests_log.requests) <= 1 + shards + one_address


@pytest.mark.parametrize("query", LISTS)
def test_paging_forth_and_back_shows_each_row_once_while_new_ones_arrive(viewer, query):
    batch_put(*(entry(number, NOW, address="ann@example.com") for number in range(600)))
    page = viewer.get(f"{LOG}?{query}")
    there = [shown(page)]
    for number in range(5):
        arriving = entry(number, NOW + timedelta(minutes=1), entry_id=f"new{number}", address="ann@example.com")
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
    assert page.context["cl"].newer_url, "the entries that arrived meanwhile"


def test_paging_works_with_equal_times(viewer):
    batch_put(*(entry(number, NOW, created_at=NOW) for number in range(80)))
    page, seen = viewer.get(LOG), []
    while True:
        seen += shown(page)
        if not page.context["cl"].older_url:
            break
        page = turn(viewer, page, "older")
    assert len(seen) == len(set(seen)) == 80


def test_the_first_page_has_nothing_newer_and_the_last_nothing_older(viewer):
    batch_put(*(entry(number, NOW) for number in range(25)))
    changes = viewer.get(LOG).context["cl"]
    assert (changes.newer_url, changes.older_url) == (None, None)
    batch_put(entry(26, NOW))
    assert viewer.get(LOG).context["cl"].older_url


@pytest.mark.parametrize("cursor", ["x", "", "eyJ:1:2"])
def test_an_invalid_cursor_leads_to_the_first_page(viewer, cursor):
    batch_put(entry(1, NOW))
    page = viewer.get(f"{LOG}?after={cursor}", follow=True)
    assert page.status_code == 200
    assert len(shown(page)) == 1
