"""Filters, search and dates of the log's list. One index serves any query string."""

import re
from html import unescape

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from otp.dynamo.operations import batch_put
from tests.admin.entries import DAY, LOG, NOW, entry, shown

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("noon")]


def test_a_filter_drops_the_other_filters_but_keeps_the_date(viewer):
    page = viewer.get(f"{LOG}?outcome=otp_sent&{DAY}")
    links = [choice["query_string"] for choice in page.context["cl"].filter_specs[2].choices(page.context["cl"])]
    dates = "created_at__day=18&created_at__month=5&created_at__year=2033"
    assert links == [f"?{dates}", f"?{dates}&flow=page", f"?{dates}&flow=api", f"?{dates}&flow=change"]


def test_choosing_an_address_keeps_the_filter_and_the_other_way_round(viewer):
    batch_put(*(entry(1000 * number, NOW) for number in range(6)), entry(1, NOW, address="ben@example.com"))
    page = viewer.get(f"{LOG}?outcome=otp_verified&{DAY}")
    (link,) = set(re.findall(r'<a href="([^"]+)">ann@example.com</a>', page.text))
    assert QueryDict(unescape(link).removeprefix("?")).dict() == {
        **QueryDict(DAY).dict(),
        "outcome": "otp_verified",
        "q": "ann@example.com",
    }
    both = viewer.get(f"{LOG}?outcome=otp_verified&q=ann%40example.com")
    assert {(each.address, each.outcome) for each in both.context["cl"].result_list} == {
        ("ann@example.com", "otp_verified")
    }
    links = [choice["query_string"] for choice in both.context["cl"].filter_specs[0].choices(both.context["cl"])]
    assert all("q=ann%40example.com" in link for link in links)


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("flow=page&q=ann%40example.com", "#address = :0"),
        ("flow=page&outcome=otp_invalid", "#shard = :0"),
        ("flow=nonsense", "#shard = :0"),
        ("o=3.-1&all=&_popup=1&user_agent__contains=x&id__gt=0", "#shard = :0"),
        ("created_at__gte=2033-01-01&created_at=x", "#shard = :0"),
        ("created_at__year=9999", "#shard = :0"),
        ("created_at__year=2033&created_at__day=5", "#shard = :0 AND #created_at BETWEEN :1 AND :2"),
        ("created_at__month=5", "#shard = :0"),
        ("created_at__year=x&created_at__month=5", "#shard = :0"),
        ("created_at__year=2033&created_at__month=5&created_at__day=32", "#shard = :0"),
        ("created_at__year=2033&created_at__month=5", "#shard = :0 AND #created_at BETWEEN :1 AND :2"),
        (f"outcome=otp_sent&{DAY}", "#shard = :0 AND #created_at BETWEEN :1 AND :2"),
        (f"outcome=otp_invalid&{DAY}", "#of_failure = :0 AND #created_at BETWEEN :1 AND :2"),
    ],
)
def test_any_query_string_is_served_by_one_index(viewer, requests_log, query, condition):
    requests_log.clear()
    assert viewer.get(f"{LOG}?{query}").status_code == 200
    assert [request["KeyConditionExpression"] for name, request in requests_log.requests if name == "Query"] == [
        condition
    ]


def test_a_cursor_of_another_list_is_invalid(viewer):
    batch_put(*(entry(number, NOW) for number in range(60)))
    after = viewer.get(LOG).context["cl"].older_url
    page = viewer.get(f"{LOG}{after}&flow=page")
    assert (page.status_code, page["Location"]) == (302, f"{LOG}?e=1")


def test_a_search_finds_the_canonical_form_of_an_exact_address(viewer):
    batch_put(entry(0, NOW), entry(1, NOW))
    assert len(shown(viewer.get(f"{LOG}?q=+ANN@Example.com"))) == 1
    assert shown(viewer.get(f"{LOG}?q=ann")) == []
    assert shown(viewer.get(f"{LOG}?q=")) == shown(viewer.get(LOG))


def test_the_date_hierarchy_needs_no_query(viewer, requests_log):
    requests_log.clear()
    changes = viewer.get(LOG).context["cl"]
    assert [choice["title"] for choice in changes.drill()["choices"]] == [
        *("February 2033", "March 2033", "April 2033", "May 2033")
    ]
    month = viewer.get(LOG + changes.drill()["choices"][-1]["link"]).context["cl"]
    assert [choice["title"] for choice in month.drill()["choices"]][-1] == "18 May"
    assert len(month.drill()["choices"]) == 18
    day = viewer.get(LOG + month.drill()["choices"][-1]["link"]).context["cl"]
    assert day.drill()["back"]["title"] == "May 2033"
    assert len(requests_log.requests) == 3 * 2


def test_a_day_shows_only_that_day(viewer):
    batch_put(*(entry(number * 3600, NOW) for number in range(48)))
    page = viewer.get(f"{LOG}?{DAY}")
    assert len(shown(page)) == 13  # from midnight to noon
    assert {each.created_at.day for each in page.context["cl"].result_list} == {18}


def test_sign_ins_are_listed_by_application(viewer, settings):
    assert "application" not in viewer.get(LOG).context["cl"].filter_specs[-1].title
    settings.OTP_CLIENTS = [{"id": "bakery", "name": "Bakery"}, {"id": "garden", "name": "Garden"}]
    batch_put(*(entry(n, NOW, outcome="client_signed_in", client=name) for n, name in enumerate(["bakery", "garden"])))
    (found,) = viewer.get(f"{LOG}?client=bakery").context["cl"].result_list
    assert found.client == "bakery"
    text = viewer.get(LOG).text
    assert "signed in to an application, Bakery" in text
    assert '<a href="?client=garden">Garden</a>' in text
    settings.OTP_CLIENTS = []
    assert "signed in to an application, garden" in viewer.get(LOG).text


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"older_url": "?after=x"}, "Nothing found up to here."),
        ({"newer_url": "?before=x"}, "Nothing found further back."),
        ({"older_url": "?after=x", "result_list": [1]}, None),
        ({"result_count": 0}, "0 in all"),
    ],
)
def test_a_page_that_found_nothing_says_whether_there_may_be_more(found, said):
    """One page looks through a limited part of the log, so that it may be empty although there are older entries."""
    text = render_to_string("admin/pagination.html", {"cl": found})
    assert (said or "Older") in text
    assert ("Nothing" in text) == bool(said and said.startswith("Nothing"))
