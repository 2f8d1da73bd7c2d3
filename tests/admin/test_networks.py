"""From a network to what it tried, and to its block."""

import re
from datetime import timedelta

import pytest

from otp.dynamo.operations import batch_put
from otp.models import Block
from tests.admin.conftest import act, said
from tests.admin.entries import LOG, NOW, entry

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("noon")]

HASH = "f00d" * 8


def attack(size=6):
    """Entries of a network, among others': every other one is a wrong code of Ann's, one is a send to Ben."""
    batch_put(
        *(
            entry(2 * number, NOW, address="ann@example.com", outcome="otp_invalid", ip_hash=HASH)
            for number in range(size)
        ),
        *(entry(2 * number + 1, NOW) for number in range(size)),
        entry(2 * size, NOW, address="ben@example.com", outcome="otp_sent", ip_hash=HASH),
    )


def panel(page):
    return re.findall(r'<tr><td><a href="\?q=[^"]+">(.+?)</a></td><td>(\d+)</td><td>(.+?)</td></tr>', page.text)


def test_a_network_shows_the_addresses_that_it_tried_and_its_entries(viewer):
    attack()
    page = viewer.get(f"{LOG}?network={HASH}")
    assert panel(page) == [("ann@example.com", "6", "6 wrong code"), ("ben@example.com", "1", "1 code sent")]
    assert {each.ip_hash for each in page.context["cl"].result_list} == {HASH}
    assert "What network f00df00d tried" in page.text
    assert "Block this network" not in page.text  # a viewer may not


def test_the_lists_of_networks_lead_to_it(viewer):
    attack()
    for url in ("/admin/", "/admin/analytics/", LOG):
        assert f'<a href="{LOG}?network={HASH}">' in viewer.get(url).text


def test_a_network_costs_a_limited_number_of_requests(viewer, requests_log):
    batch_put(*(entry(number, NOW) for number in range(2000)))
    requests_log.clear()
    viewer.get(f"{LOG}?network={HASH}")
    assert len(requests_log.requests) <= 25
    assert {request["IndexName"] for name, request in requests_log.requests if name == "Query"} == {"by_time"}


def test_an_unknown_network_says_so(viewer):
    page = viewer.get(f"{LOG}?network=beef")
    assert "No entries of it were found" in page.text


def test_a_network_is_blocked_after_the_choice_of_a_time(enter):
    attack()
    client = enter("staff")
    page = client.get(f"{LOG}?network={HASH}")
    (key,) = set(re.findall(r'name="_selected_action" value="([^"]+)"><input', page.text))
    page = act(client, "logentry", "block", key, yes=[])
    assert re.findall(r'<option value="(\d+)">(for an? \w+)', page.text) == [
        ("3600", "for an hour"),
        ("86400", "for a day"),
        ("604800", "for a week"),
    ]
    assert "<li>network f00df00d</li>" in page.text
    assert 'name="choice"' in act(client, "logentry", "block", key, choice="7").text  # asks again
    done = act(client, "logentry", "block", key, choice="86400")
    assert said(done) == ["1 blocked for a day."]
    assert Block.objects.get(pk=HASH).until == NOW + timedelta(days=1)
    assert "Blocked until 19 May, 12:00 UTC" in client.get(f"{LOG}?network={HASH}").text
    assert "f00df00d" in client.get("/admin/otp/block/").text


def test_the_question_and_its_answer_lead_back_to_the_network(enter):
    attack()
    client, url = enter("staff"), f"{LOG}?network={HASH}"
    (key,) = set(re.findall(r'name="_selected_action" value="([^"]+)"><input', client.get(url).text))
    data = {"action": "block", "index": "0", "_selected_action": key}
    asked = client.post(url, data)
    assert f'<a href="{url}">No, go back</a>' in asked.text
    assert '<form id="content-main" method="post">' in asked.text  # to the same URL
    done = client.post(url, {**data, "yes": "yes", "choice": "3600"}, follow=True)
    assert done.redirect_chain == [(url, 302)]
    assert "Blocked until" in done.text
