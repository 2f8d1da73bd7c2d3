"""The analytics page: who may see it, its content, and the number of its requests."""

import csv
import re
from datetime import UTC, datetime, timedelta

import pytest

from otp.admin.charts import Series, chart
from otp.dynamo.operations import batch_put
from otp.stats.rollup import RANGES, roll_up
from tests.admin.conftest import ROLES
from tests.support.entries import NOW, entry

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("short_log")]

PAGES = ("/admin/analytics/", "/admin/analytics.csv")


@pytest.fixture
def busy_day():
    yesterday = NOW - timedelta(hours=20)
    batch_put(
        entry(yesterday, "otp_sent"),
        entry(yesterday, "otp_sent"),
        entry(yesterday, "otp_verified", took=40),
        entry(yesterday, "otp_invalid", "attacked@example.com", "f00d"),
    )


@pytest.mark.parametrize("url", PAGES)
def test_every_role_that_may_read_the_log_may_read_its_figures(enter, url):
    for role in ROLES:
        assert enter(role).get(url).status_code == 200


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("role", [None, "person"])
def test_others_may_not_read_the_figures(enter, url, role):
    response = enter(role).get(url)
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/?next=/admin/analytics")


def test_the_index_links_to_it(enter):
    assert '<a href="/admin/analytics/"' in enter("viewer").get("/admin/").text


@pytest.mark.parametrize("name", RANGES)
def test_each_range_shows_its_figures_its_charts_and_its_table(enter, busy_day, name):
    text = enter("viewer").get(f"/admin/analytics/?range={name}").text
    assert re.findall(r"<dt>(.+?)</dt><dd>(.+?)</dd>", text) == [
        ("Codes sent", "2"),
        ("Codes withheld", "0"),
        ("Sign-ins", "1"),
        ("Success rate", "50%"),
        ("Wrong codes", "1"),
        ("Lock-outs", "0"),
        ("Failed mails", "0"),
        ("Median time to sign in", "41 s"),
        ("95% sign in within", "41 s"),
    ]
    assert text.count('<svg role="img" ') == 4
    assert text.count('<th scope="row">') == RANGES[name].size
    assert '<a href="/admin/otp/logentry/?q=attacked%40example.com">attacked@example.com</a>' in text
    assert "f00d" in text


def test_a_column_says_in_words_what_it_shows(enter, busy_day):
    text = enter("viewer").get("/admin/analytics/").text
    assert "<title>Tue 17 May, 18:00: Codes sent 2, Sign-ins 1</title>" in text


def test_there_is_no_inline_code_or_style(enter, busy_day):
    text = enter("viewer").get("/admin/analytics/").text
    assert not re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


def test_an_unknown_range_is_not_found(enter):
    client = enter("viewer")
    assert [client.get(f"{url}?range=9y").status_code for url in PAGES] == [404, 404]


def test_the_csv_has_a_line_for_each_hour_in_plain_numbers(enter, busy_day):
    response = enter("viewer").get("/admin/analytics.csv?range=7d")
    assert response["Content-Type"] == "text/csv"
    assert response["Content-Disposition"] == 'attachment; filename="analytics-7d.csv"'
    lines = list(csv.DictReader(response.text.splitlines()))
    assert len(lines) == 168
    assert [line for line in lines if line["sends"] != "0"] == [
        {
            "start": datetime(2033, 5, 17, 18, tzinfo=UTC).isoformat(),
            "sends": "2",
            "withheld": "0",
            "sign_ins": "1",
            "success_rate": "0.5",
            "wrong_codes": "1",
            "lock_outs": "0",
            "failed_mails": "0",
            "median": "41",
            "p95": "41",
        }
    ]


@pytest.mark.parametrize("size", [3, 2000])
def test_a_page_takes_the_same_number_of_requests_whatever_the_log_contains(enter, requests_log, size):
    batch_put(*(entry(NOW - timedelta(hours=1 + n % 60)) for n in range(size)))
    roll_up()
    client = enter("viewer")
    for name in RANGES:
        requests_log.clear()
        client.get(f"/admin/analytics/?range={name}")
        # The session; the time up to which the log is counted; the entries since; the hours or days.
        assert requests_log.operations == ["BatchGetItem", "GetItem", "Query", "Query"]


def test_a_page_that_cannot_count_everything_says_so(enter, monkeypatch, busy_day):
    monkeypatch.setattr("otp.stats.ledger.PIECE", 1)
    batch_put(entry(NOW - timedelta(hours=2)))
    client = enter("viewer")
    assert "these figures are too low" in client.get("/admin/analytics/").text
    monkeypatch.undo()
    assert "these figures are too low" not in client.get("/admin/analytics/").text


# -- charts alone ------------------------------------------------------------------------------------------------------


def drawn(*values, **options):
    return chart(
        "", *(Series(str(number), "s", each) for number, each in enumerate(values)),
        names=["a", "b"], ticks=["", ""], words=str, **options,
    )  # fmt: skip


def test_a_chart_is_scaled_to_a_round_number():
    result = drawn([3, 1])
    assert result.grid == [("100.000%", "0"), ("50.000%", "2.0"), ("0.000%", "4")]
    assert [column.bars for column in result.columns] == [
        [("0", "25.000%", "75.000%")],
        [("0", "75.000%", "25.000%")],
    ]


def test_only_stacked_bars_start_where_others_end():
    assert drawn([1, 0], [3, 0], stacked=True).columns[0].bars == [
        ("0", "75.000%", "25.000%"),
        ("1", "0.000%", "75.000%"),
    ]
    assert drawn([1, 0], [3, 0]).columns[0].bars == [("0", "75.000%", "25.000%"), ("1", "25.000%", "75.000%")]


def test_without_data_a_chart_is_empty():
    assert [column.bars for column in drawn([None, 0]).columns] == [[], []]


def test_values_beyond_every_scale_still_fit():
    assert drawn([10**12, 1]).columns[0].bars == [("0", "0.000%", "100.000%")]


def test_sign_ins_are_shown_by_application(enter, settings):
    settings.OTP_CLIENTS = [{"id": "bakery", "name": "Bakery"}]
    assert "Sign-ins to applications" not in enter("viewer").get("/admin/analytics/").text
    batch_put(*(entry(NOW - timedelta(hours=n), "client_signed_in", client="bakery") for n in range(2)))
    text = enter("viewer").get("/admin/analytics/").text
    assert '<a href="/admin/otp/logentry/?client=bakery">Bakery</a></td><td>2</td>' in text
