"""Suppressions (threat 19): after a hard bounce or a complaint an address gets no more mail until staff lift it."""

from datetime import timedelta

import pytest
from django.test import Client

from otp import signals
from otp.delivery import email
from otp.dynamo.client import client as dynamodb
from otp.local import suppression_list
from otp.models import Suppression
from tests.support.accounts import member
from tests.support.api import ADDRESS, answer, ask, mailed_code
from tests.support.faults import error, faulty
from tests.support.sns import BOUNCE, NOW, suppressed

pytestmark = pytest.mark.usefixtures("sns_clock")

COMPLAINT = {
    "eventType": "Complaint",
    "complaint": {"complainedRecipients": [{"emailAddress": f"Person <{ADDRESS.upper()}>"}], "feedbackId": "2"},
    "mail": BOUNCE["mail"],
}
DELIVERY = {"notificationType": "Delivery", "delivery": {"recipients": [ADDRESS]}, "mail": BOUNCE["mail"]}


@pytest.fixture
def lift():
    """A function that lifts the suppression in the admin, in another browser."""

    def lift():
        staff = Client()
        staff.force_login(member("staff@example.com", role="staff"))
        page = staff.get("/admin/otp/suppression/")
        assert ADDRESS in page.text
        ticked = {"action": "lift", "_selected_action": ADDRESS, "index": 0}
        staff.post("/admin/otp/suppression/", ticked)
        assert suppressed() == []

    return lift


def held_back(sent_at, subtype="OnAccountSuppressionList"):
    """The event of a mail that SES didn't send, because of its own suppression list."""
    bounce = {**BOUNCE["bounce"], "bounceSubType": subtype}
    return {**BOUNCE, "bounce": bounce, "mail": {**BOUNCE["mail"], "timestamp": f"{sent_at:%Y-%m-%dT%H:%M:%S}.000Z"}}


def mails_after(inbox):
    ask()
    return len(inbox())


def test_a_hard_bounce_stops_the_next_mail_until_staff_lift_it(post_event, inbox, clock, lift):
    assert mails_after(inbox) == 1
    assert post_event(BOUNCE).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]
    clock.shift(120)
    assert ask().status_code == 200
    assert len(inbox()) == 1
    lift()
    clock.shift(300)
    assert mails_after(inbox) == 2
    assert answer(mailed_code()).status_code == 200


def test_a_complaint_stops_mail_too(post_event, inbox):
    assert post_event(COMPLAINT).status_code == 200
    assert suppressed() == [(ADDRESS, "complaint")]
    assert mails_after(inbox) == 0


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_soft_bounce_stops_nothing(post_event, kind):
    assert post_event({**BOUNCE, "bounce": {**BOUNCE["bounce"], "bounceType": kind}}).status_code == 200
    assert suppressed() == []


@pytest.mark.parametrize("event", [DELIVERY, {"notificationType": "Other"}, "Successfully validated SNS topic"])
def test_other_events_are_accepted_and_stop_nothing(post_event, event):
    assert post_event(event).status_code == 200
    assert suppressed() == []


def test_a_repeated_event_changes_nothing(post_event, clock):
    post_event(BOUNCE)
    clock.shift(60)
    assert post_event(COMPLAINT).status_code == 200
    found = Suppression.objects.get(pk=ADDRESS)
    assert (found.reason, found.created_at) == ("bounce", NOW)


def test_the_response_does_not_reveal_a_suppression(post_event, requests_log):
    """The requests are the same as for other addresses. `test_signup` tests the rest, which uses the same code."""
    post_event(BOUNCE)
    seen = []
    for address in (ADDRESS, "stranger@example.com"):
        requests_log.clear()
        response = ask(address)
        seen.append((response.status_code, response.content, dict(response.headers), requests_log.operations))
    assert seen[0] == seen[1]
    assert answer("000000").json() == answer("000000", "stranger@example.com").json()


def test_a_sign_in_with_an_earlier_code_does_not_lift_a_suppression(post_event):
    ask()
    post_event(BOUNCE)
    assert answer(mailed_code()).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


def test_the_export_contains_the_suppression(post_event, client):
    post_event(BOUNCE)
    client.force_login(member(ADDRESS))
    assert client.get("/account/export/").json()["addresses"][0]["suppressed"]["reason"] == "bounce"


def test_a_storage_failure_makes_sns_retry(post_event):
    with faulty("PutItem", *[error("ThrottlingException")] * 2, of=dynamodb()):
        assert post_event(BOUNCE).status_code == 503
    assert post_event(BOUNCE).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


def test_the_signal_is_sent_once(post_event):
    received = []

    def note(address, reason, **kwargs):
        received.append((address, reason))

    signals.bounced.connect(note)
    post_event(BOUNCE)
    post_event(BOUNCE)
    signals.bounced.disconnect(note)
    assert received == [(ADDRESS, "bounce")]


def test_lifting_removes_the_address_from_the_list_of_ses_too(post_event, lift):
    suppression_list.ADDRESSES.update({ADDRESS, "other@example.com"})
    post_event(BOUNCE)
    lift()
    assert {"other@example.com"} == suppression_list.ADDRESSES


def test_lifting_says_so_when_ses_cannot_be_reached(post_event, caplog):
    post_event(BOUNCE)
    staff = Client()
    staff.force_login(member("staff@example.com", role="staff"))
    ticked = {"action": "lift", "_selected_action": ADDRESS, "index": 0}
    with faulty("SendEmail", error("AccessDeniedException", 403), of=email.backend().connection):
        page = staff.post("/admin/otp/suppression/", ticked, follow=True)
    assert "Lifted here, but not in SES" in page.text
    assert "make provision" in caplog.text
    assert suppressed() == []


@pytest.mark.parametrize("subtype", ["OnAccountSuppressionList", "Suppressed"])
def test_a_mail_that_ses_held_back_before_staff_lifted_changes_nothing(post_event, clock, lift, subtype):
    post_event(BOUNCE)
    clock.shift(60)
    lift()
    clock.shift(60)
    assert post_event(held_back(NOW, subtype)).status_code == 200
    assert suppressed() == []


@pytest.mark.parametrize("lifted", [True, False])
def test_a_mail_that_ses_holds_back_later_suppresses_the_address_so_that_staff_can_lift_it(
    post_event, clock, lift, lifted
):
    if lifted:
        post_event(BOUNCE)
        lift()
        clock.shift(60)
    assert post_event(held_back(NOW + timedelta(seconds=30))).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


def test_a_new_hard_bounce_suppresses_again_even_for_an_earlier_mail(post_event, clock, lift):
    post_event(BOUNCE)
    clock.shift(60)
    lift()
    assert post_event(held_back(NOW, "General")).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]
