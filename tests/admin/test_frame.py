"""The common parts of the admin's pages: title, navigation, notices, colours."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from tests.admin.conftest import act
from tests.support.colours import contrast

STATIC = Path(__file__).parent.parent.parent / "otp" / "static" / "otp"
PAGES = ["/admin/", "/admin/otp/logentry/", "/admin/otp/code/", "/admin/analytics/"]
NAMED = re.compile(r"aria-label(?:ledby)?=")


@pytest.fixture
def client(enter, settings):
    settings.OTP_SITE_NAME = "The bakery"
    return enter("superuser")


def title(page):
    return re.search(r"<title>(.*?)</title>", page.text, re.DOTALL)[1].strip()


@pytest.mark.parametrize(
    ("path", "words"),
    [("/admin/", "Overview | The bakery admin"), ("/admin/otp/logentry/", "Sign-in log | The bakery admin")],
)
def test_a_title_names_the_page_and_the_site(client, path, words):
    assert title(client.get(path)) == words
    assert "The bakery sign-in" in client.get(path).text


@pytest.mark.parametrize("path", PAGES)
def test_each_navigation_has_a_name_of_its_own(client, path):
    navs = re.findall(r"<nav\b[^>]*>", client.get(path).text)
    assert all(NAMED.search(nav) for nav in navs), navs
    assert len(set(navs)) == len(navs)


def test_every_list_links_to_the_others(client):
    page = client.get("/admin/otp/code/").text
    lists = page.partition('<nav class="lists" aria-label="Lists">')[2].partition("</nav>")[0]
    assert re.findall(r'<a href="([^"]+)" aria-current="true">([^<]+)<', lists) == [("/admin/otp/code/", "Codes")]
    assert {"Analytics", "Sign-in log", "Accounts"} <= set(re.findall(r">([^<]+)</a>", lists))


def test_a_notice_has_a_role_and_is_the_first_thing_in_the_title(client):
    page = act(client, "code", "revoke")
    (notice,) = page.context["messages"]
    assert title(page).startswith(f"{notice} · Codes | ")
    status = page.text.partition('<div role="status" aria-label="Messages">')[2].partition("</div>")[0]
    assert str(notice) in status


def test_the_page_after_signing_out_is_in_one_language(client):
    page = client.post("/admin/logout/", headers={"Accept-Language": "de"}, follow=True)
    assert page.redirect_chain == [("/", 302)]
    assert "Sie haben sich abgemeldet." in page.text
    assert "You have signed out." not in page.text


def test_a_chart_is_one_picture_to_a_screen_reader(client):
    for chart in re.findall(r'<svg role="img".*?</svg>', client.get("/admin/analytics/").text, re.DOTALL):
        assert re.match(r'<svg role="img" aria-label="[^"]+"><g aria-hidden="true">', chart)
        assert chart.endswith("</g></svg>")


@pytest.mark.parametrize(("scheme", "page"), [(0, "#ffffff"), (1, "#181d1a")], ids=["light", "dark"])
def test_figures_in_one_chart_can_be_distinguished(scheme, page):
    pairs = re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\);", (STATIC / "analytics.css").read_text())
    colours = {name: both[scheme] for name, *both in pairs}
    assert all(contrast(colour, page) >= 3 for colour in colours.values())
    assert contrast(colours["all"], colours["part"]) >= 3
    assert contrast(colours["wrong"], colours["locked"]) >= 3


def test_a_third_figure_has_a_pattern_instead_of_a_colour(client):
    assert client.get("/admin/analytics/").text.count('<pattern id="hatch"') == 1
    bars = [("failed", "10%", "20%"), ("wrong", "30%", "70%")]
    chart = {"columns": [{"bars": bars}], "width": "1%", "bar_width": "1%"}
    drawn = render_to_string("admin/chart.html", {"chart": chart})
    assert drawn.count('<rect class="failed" fill="url(#hatch)"') == 1
    assert drawn.count("fill=") == 1
