"""What an entry of the log says about a message: why it failed, SES's id of it, and what became of it."""

import pytest
from django.contrib.admin.utils import quote

from otp.dynamo.operations import batch_put
from tests.admin.entries import LOG, NOW, entry

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("noon")]


def page_of(client, **values):
    """The page of an entry with these values, after a look at the list. Returns the texts of both."""
    batch_put(made := entry(0, NOW, **values))
    return client.get(LOG).text, client.get(f"{LOG}{quote(made.pk)}/change/").text


def test_a_message_that_failed_has_the_error_and_its_remedy(viewer):
    listed, page = page_of(viewer, outcome="delivery_failed", error="SendingPausedException")
    assert "message failed, SendingPausedException" in listed
    assert "SendingPausedException Sending is paused: see the SES console." in page


def test_an_unknown_error_is_shown_as_it_is(viewer):
    listed, page = page_of(viewer, outcome="delivery_failed", error="ReadTimeoutError")
    assert "message failed, ReadTimeoutError" in listed
    assert '<div class="readonly">ReadTimeoutError</div>' in page


@pytest.mark.parametrize(
    ("delivery", "label"),
    [
        ("delayed", "delayed"),
        ("delivered", "delivered"),
        ("returned", "returned for now"),
        ("bounced", "bounced"),
        ("complained", "marked as spam"),
    ],
)
def test_a_message_has_its_id_and_what_became_of_it(viewer, delivery, label):
    listed, page = page_of(viewer, outcome="otp_sent", delivery=delivery, message_id="0101-of-ses")
    assert f"code sent, {label}" in listed
    assert f"code sent, {label}" in page
    assert "0101-of-ses" in page
    assert "<title>code sent: ann@example.com" in page


@pytest.mark.parametrize("term", ["ann", "nobody@example.com"])
def test_a_search_without_a_result_says_what_can_be_searched_for(viewer, term):
    page = viewer.get(LOG, {"q": term}).text
    assert f"Nothing is logged for exactly “{term}” here. A search needs the whole address" in page
