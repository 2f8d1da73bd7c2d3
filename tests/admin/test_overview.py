"""The admin's first page: the last hour in steps of five minutes, compared with the same hour of yesterday."""

import re
from datetime import timedelta
from itertools import repeat

import pytest

from otp.admin.overview import charts, findings
from otp.admin.site import site
from otp.stats.rollup import last_hour, roll_up
from tests.admin.conftest import ROLES
from tests.support.entries import NOW, ago, entry, log

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("short_log")]

MEASURED = ("sends", "sign_ins", "wrong_codes", "lock_outs", "failed_mails")


def hour(**figures):
    """The twelve periods that end at NOW, with the given figures: lists of twelve numbers."""
    start = NOW - timedelta(minutes=55)
    values = zip(*(figures.get(name, repeat(0, 12)) for name in MEASURED), strict=True)
    return [
        {"start": (start + timedelta(minutes=5 * number)).isoformat(), **dict(zip(MEASURED, each, strict=True))}
        for number, each in enumerate(values)
    ]


BUSY = hour(sends=[4] * 12, sign_ins=[3] * 12)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (BUSY, []),
        (
            hour(sends=[4] * 12, sign_ins=[3] * 8 + [0] * 4),
            ["Nobody has signed in since 14:15 UTC, but 12 codes were sent."],
        ),
        (hour(sends=[4] * 12, sign_ins=[3] * 11 + [0]), []),  # the newest codes are still being used
        (
            hour(sends=[4] * 8 + [0] * 4, sign_ins=[3] * 8 + [0] * 4),
            ["Nothing has happened since 14:15 UTC. In the same time yesterday, 12 codes were sent."],
        ),
        (
            hour(sends=[4] * 8 + [0] * 4, sign_ins=[3] * 8 + [0] * 4, failed_mails=[0] * 8 + [2] * 4),
            ["8 of 8 messages could not be sent since 14:15 UTC."],
        ),
        (
            hour(sends=[4] * 12, sign_ins=[3] * 12, failed_mails=[0, 0, 2, 2, *[0] * 8]),
            ["4 of 12 messages could not be sent from 13:45 UTC to 13:55 UTC. None has failed since."],
        ),
        (
            hour(sends=[4] * 12, sign_ins=[3] * 12, wrong_codes=[0] * 10 + [30, 30]),
            ["Somebody may be guessing: 6 sign-ins, but 60 wrong codes since 14:25 UTC."],
        ),
        (
            hour(sends=[4] * 12, sign_ins=[3] * 12, wrong_codes=[30, *[0] * 11]),
            [
                "Somebody may be guessing: 3 sign-ins, but 30 wrong codes from 13:35 UTC to 13:40 UTC. "
                "There were none since."
            ],
        ),
        (hour(sends=[4] * 12, sign_ins=[3] * 12, wrong_codes=[3] * 12), []),
        (
            hour(sends=[4] * 12, sign_ins=[1] * 12),
            ["Fewer than half of the codes were used: 12 of 48."],
        ),
    ],
    ids=[
        "busy",
        "no sign-ins",
        "just now",
        "nothing",
        "no mail",
        "no mail for a while",
        "guesses",
        "guesses for a while",
        "mistypes",
        "unused codes",
    ],
)
def test_the_overview_says_what_is_wrong_and_since_when(now, said):
    assert [each.sentence for each in findings(now, BUSY)] == said


def test_a_finding_leads_to_its_cause(viewer):
    log(entry(ago(minutes=3), "delivery_failed", "ann@example.com"))
    log(*(entry(ago(minutes=2, seconds=number), "otp_invalid", "ben@example.com") for number in range(20)))
    page = viewer.get("/admin/")
    (why, who) = re.findall(r'<p class="warning">[^<]+ <a href="([^"]+)">', page.text)
    (found,) = viewer.get(why).context["cl"].result_list
    assert found.address == "ann@example.com"
    assert "What network" in viewer.get(who).text


def test_guesses_of_many_networks_lead_to_the_list_of_networks(viewer):
    log(*(entry(ago(minutes=2, seconds=each), "otp_invalid", "ben@example.com", f"{each:08d}") for each in range(20)))
    page = viewer.get("/admin/")
    (who,) = re.findall(r'<p class="warning">[^<]+ <a href="([^"]+)">', page.text)
    assert f'id="{who[1:]}"' in page.text


@pytest.mark.parametrize("now", [hour(), hour(sends=[0, 0, 1] * 4), hour(sends=[4, *[0] * 11])])
def test_a_quiet_site_at_a_quiet_hour_raises_no_alarm(now):
    assert [*findings(now, hour(sends=[0] * 11 + [9]))] == []


def test_yesterdays_sign_ins_are_an_outline_around_todays_bars():
    chart, _ = charts(BUSY, hour(sign_ins=[8] * 12))
    assert chart.columns[0].words == "13:35: Sign-ins yesterday 8, Codes sent 4, Sign-ins 3"
    assert [kind for kind, *_ in chart.columns[0].bars] == ["before", "all", "part"]
    assert [column.tick for column in chart.columns if column.tick] == ["13:45", "14:00", "14:15", "14:30"]


def test_the_hour_is_counted_by_five_minutes_whether_it_is_stored_or_not():
    at_once = [
        entry(ago(minutes=1)),
        entry(ago(minutes=29), "otp_verified", took=20),
        entry(ago(minutes=55)),
        entry(ago(minutes=56)),  # too old
        entry(ago(hours=23, minutes=56)),  # yesterday's last five minutes are complete
        entry(ago(days=1), "otp_verified", took=20),
        entry(ago(days=1, minutes=55)),
        entry(ago(days=1, minutes=56)),  # too old
    ]
    log(*at_once)
    roll_up()
    found = last_hour()
    assert [period["sends"] for period in found["periods"]] == [1, *[0] * 9, 1, 0]
    assert [period["sign_ins"] for period in found["periods"]] == [0] * 5 + [1] + [0] * 6
    assert [period["sends"] for period in found["yesterday"]["periods"]] == [1, *[0] * 10, 1]
    assert [period["sign_ins"] for period in found["yesterday"]["periods"]] == [0] * 11 + [1]
    assert (found["total"]["sends"], found["yesterday"]["total"]["sign_ins"]) == (2, 1)
    assert found["complete"]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_it(enter, role):
    log(entry(ago(minutes=3)), entry(ago(minutes=2), "otp_verified", took=30))
    text = enter(role).get("/admin/").text
    assert re.findall(r"<dt>(.+?)</dt><dd>(.+?) <small>(.+?)</small></dd>", text) == [
        ("Codes sent", "1", "yesterday 0"),
        ("Sign-ins", "1", "yesterday 0"),
        ("Wrong codes", "0", "yesterday 0"),
        ("Failed mails", "0", "yesterday 0"),
        ("Median time to sign in", "31 s", "yesterday –"),
    ]
    assert "Looks normal: messages are sent, and people sign in." in text
    assert text.count('<svg role="img" ') == 2


def test_it_names_who_failed_and_leads_to_each_list(viewer):
    log(entry(ago(minutes=3), "otp_invalid", "attacked@example.com", "f00d"))
    text = viewer.get("/admin/").text
    assert '<a href="/admin/otp/logentry/?q=attacked%40example.com">attacked@example.com</a>' in text
    assert "f00d" in text
    lists = {f"/admin/otp/{model._meta.model_name}/" for model in site._registry}
    assert set(re.findall(r'<li><a href="([^"]+)">[^<]+</a><br>(?=[A-Z0-9])', text)) == {"/admin/analytics/", *lists}
    assert len(lists) > 5


@pytest.mark.parametrize("size", [3, 2000])
def test_the_overview_takes_the_same_number_of_requests_whatever_the_log_contains(viewer, requests_log, size):
    log(*(entry(NOW - timedelta(minutes=2 + 7 * n % 2000)) for n in range(size)))
    roll_up()
    requests_log.clear()
    viewer.get("/admin/")
    # The session; the time up to which the log is counted; the entries since; both hours; the user's recent actions.
    assert requests_log.operations == ["BatchGetItem", "GetItem", "Query", "Query", "Query", "Query"]
