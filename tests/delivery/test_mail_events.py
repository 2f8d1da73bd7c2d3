"""What SES reports about a mail is believed if the site sent that mail to that address, and is noted in the log."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings as site
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as some

from otp.delivery import mail_events
from otp.dynamo.operations import get
from otp.exceptions import MessageRefused
from otp.local import embedded
from otp.models import LogEntry
from otp.outcomes import Outcome
from tests.support.accounts import member
from tests.support.api import ADDRESS, ask
from tests.support.sns import BOUNCE, NOW, bounce_of, mailed, suppressed

pytestmark = pytest.mark.usefixtures("sns_clock")

MAIL = BOUNCE["mail"]
RECIPIENT = {"emailAddress": ADDRESS}
SOFT = {"eventType": "Bounce", "bounce": {"bounceType": "Transient", "bouncedRecipients": [RECIPIENT]}, "mail": MAIL}
COMPLAINT = {"eventType": "Complaint", "complaint": {"complainedRecipients": [RECIPIENT]}, "mail": MAIL}
DELAY = {"eventType": "DeliveryDelay", "deliveryDelay": {"delayedRecipients": [RECIPIENT]}, "mail": MAIL}
DELIVERY = {"eventType": "Delivery", "delivery": {"recipients": [ADDRESS]}, "mail": MAIL}


def state(address=ADDRESS):
    return LogEntry.objects.filter(address=address).order_by("-entry_id").first().delivery


@pytest.mark.parametrize(
    ("event", "noted", "stops"),
    [
        (BOUNCE, "bounced", ["bounce"]),
        (SOFT, "returned", []),
        (COMPLAINT, "complained", ["complaint"]),
        (DELAY, "delayed", []),
        (DELIVERY, "delivered", []),
    ],
)
def test_an_event_is_noted_in_the_log(post_event, event, noted, stops):
    assert post_event(event).status_code == 200
    assert state() == noted
    assert [reason for _, reason in suppressed()] == stops


def test_the_gravest_event_stays_whatever_comes_later(post_event):
    seen = []
    for event in (DELAY, DELIVERY, DELAY, BOUNCE, DELIVERY, COMPLAINT, BOUNCE, COMPLAINT):
        post_event(event)
        seen.append(state())
    assert seen == ["delayed", "delivered", "delivered", "bounced", "bounced", *["complained"] * 3]


def test_a_complaint_that_says_not_spam_stops_nothing(post_event):
    praise = {**COMPLAINT["complaint"], "complaintFeedbackType": "not-spam"}
    assert post_event({**COMPLAINT, "complaint": praise}).status_code == 200
    assert (suppressed(), state()) == ([], None)


OTHERS = {
    "another mail": {**MAIL, "messageId": "of-another-mail"},
    "long before": {**MAIL, "timestamp": f"{NOW - timedelta(minutes=2):%Y-%m-%dT%H:%M:%SZ}"},
    "long after": {**MAIL, "timestamp": f"{NOW + timedelta(minutes=17):%Y-%m-%dT%H:%M:%SZ}"},
}


@pytest.mark.parametrize("event", [BOUNCE, COMPLAINT, SOFT, DELIVERY])
@pytest.mark.parametrize("mail", OTHERS.values(), ids=OTHERS)
def test_an_event_of_a_mail_that_this_site_did_not_send_is_not_believed(post_event, caplog, event, mail):
    assert post_event({**event, "mail": mail}).status_code == 200
    assert (suppressed(), state()) == ([], None)
    assert [each.getMessage() for each in caplog.records if each.name == mail_events.__name__] == [
        "SES reports on a mail that this site did not send"
    ]


NOTICE = {**MAIL, "messageId": "of-a-notice", "source": "Sign-in <SIGN-IN@otp.example>"}


@pytest.mark.parametrize("source", [NOTICE["source"], "sign-in@otp.example", "Acme, Inc. <sign-in@otp.example>"])
def test_a_bounce_of_a_notice_is_believed_although_the_log_lacks_it(post_event, source):
    assert post_event({**BOUNCE, "mail": {**NOTICE, "source": source}}).status_code == 200
    assert (suppressed(), state()) == ([(ADDRESS, "bounce")], None)


NOT_OF_THIS_SITE = {
    "another sender": {"source": "newsletter@otp.example"},
    "another sender of that name": {"source": "sign-in@otp.example <newsletter@otp.example>"},
    "no sender": {"source": ""},
    "an odd sender": {"source": ["sign-in@otp.example"]},
    "to another address": {"destination": ["other@example.com"]},
    "to nobody": {"destination": []},
    "to an odd address": {"destination": [None, {"emailAddress": None}]},
    "to an odd list": {"destination": ADDRESS},
}


@pytest.mark.parametrize("event", [BOUNCE, COMPLAINT])
@pytest.mark.parametrize("mail", NOT_OF_THIS_SITE.values(), ids=NOT_OF_THIS_SITE)
def test_a_mail_that_the_log_lacks_needs_this_sender_and_that_recipient(post_event, event, mail):
    assert post_event({**event, "mail": {**NOTICE, **mail}}).status_code == 200
    assert (suppressed(), state()) == ([], None)


def test_the_bounce_of_an_invitation_suppresses_its_address(post_event):
    member("host@example.com")
    call_command("invite", ADDRESS, by="host@example.com", stdout=StringIO())
    sent = embedded.ses().sent_messages[-1]
    assert (sent.source, {*sent.destinations}) == (site.OTP_FROM_EMAIL, {ADDRESS})
    mail = {**MAIL, "messageId": sent.id, "source": sent.source, "destination": sent.destinations}
    post_event({**BOUNCE, "mail": mail})
    assert suppressed() == [(ADDRESS, "bounce")]


def test_a_bounce_of_an_address_that_the_mail_did_not_go_to_is_not_believed(post_event):
    """Such as the address that a mailbox forwards to."""
    mailed("other@example.com", "of-another-mail")
    post_event({**BOUNCE, "mail": {**MAIL, "messageId": "of-another-mail"}})
    assert (suppressed(), state()) == ([], None)


@pytest.mark.parametrize("outcome", [each for each in Outcome if each not in (Outcome.SENT, Outcome.DELIVERY_UNKNOWN)])
def test_only_an_entry_of_a_mail_counts(post_event, outcome):
    address = "other@example.com"
    mailed(address, None, outcome)
    post_event({**BOUNCE, "bounce": {**BOUNCE["bounce"], "bouncedRecipients": [{"emailAddress": address}]}})
    assert state(address) is None


def test_a_mail_whose_response_was_lost_may_have_been_sent(post_event):
    address = "other@example.com"
    mailed(address, None, Outcome.DELIVERY_UNKNOWN)
    post_event({**BOUNCE, "bounce": {**BOUNCE["bounce"], "bouncedRecipients": [{"emailAddress": address}]}})
    assert state(address) == "bounced"


def test_the_log_has_the_id_that_ses_gave_the_mail_and_its_bounce_is_found(post_event):
    ask("new@example.com")
    entry = LogEntry.objects.get(address="new@example.com", outcome=Outcome.SENT)
    assert entry.message_id == embedded.ses().sent_messages[-1].id
    post_event(bounce_of("new@example.com"))
    assert get(LogEntry, entry.pk).delivery == "bounced"


ODD = [
    json.dumps("text"),
    json.dumps([]),
    json.dumps(5),
    {"eventType": "Bounce"},
    {"eventType": "Bounce", "bounce": "text", "mail": MAIL},
    {"eventType": "Bounce", "bounce": [], "mail": MAIL},
    {**BOUNCE, "bounce": {**BOUNCE["bounce"], "bouncedRecipients": {"emailAddress": ADDRESS}}},
    {"eventType": "Complaint", "complaint": {"complainedRecipients": "text"}, "mail": MAIL},
    {**BOUNCE, "mail": "text"},
    {**BOUNCE, "mail": {}},
    {**BOUNCE, "mail": {**MAIL, "messageId": 5}},
    {**BOUNCE, "mail": {**MAIL, "timestamp": "yesterday"}},
    {**BOUNCE, "mail": {**MAIL, "timestamp": "2033-05-18T12:00:00"}},
    {**BOUNCE, "mail": {**MAIL, "timestamp": "0001-01-01T00:00:00Z"}},
    {**BOUNCE, "mail": {**MAIL, "timestamp": "2033-13-18T12:00:00Z"}},
]


@pytest.mark.parametrize("event", ODD, ids=str)
def test_an_event_of_an_odd_shape_is_refused(post_event, event):
    assert post_event(event).status_code == 403
    assert (suppressed(), state()) == ([], None)


@pytest.mark.parametrize(
    "recipient", [None, 5, "text", [], {}, {"emailAddress": None}, {"emailAddress": ""}, {"name": 1}]
)
def test_a_recipient_without_an_address_is_left_out(post_event, recipient):
    found = [recipient, RECIPIENT]
    assert post_event({**BOUNCE, "bounce": {**BOUNCE["bounce"], "bouncedRecipients": found}}).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


@pytest.mark.parametrize("kind", ["Received", "Send", "Open", "Click", "Reject", None, 5, ["Bounce"], {}])
def test_other_events_are_accepted_whatever_they_contain(post_event, kind):
    assert post_event({"eventType": kind, "open": "text", "mail": 5}).status_code == 200


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=9) | some.sampled_from([ADDRESS, "Permanent"]),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
NAMES = (
    "bounceType",
    "bouncedRecipients",
    "complainedRecipients",
    "delayedRecipients",
    "recipients",
    "messageId",
    "timestamp",
)
PART = JSON | some.dictionaries(some.sampled_from(NAMES), JSON | some.just(MAIL["timestamp"]), max_size=4)


@pytest.mark.slow
@settings(max_examples=300)
@given(
    kind=some.sampled_from(["Bounce", "Complaint", "DeliveryDelay", "Delivery", "Send"]),
    parts=some.dictionaries(some.sampled_from(["bounce", "complaint", "deliveryDelay", "delivery", "mail"]), PART),
)
def test_no_event_is_stumbled_over(kind, parts):
    try:
        found = mail_events.read({"eventType": kind, **parts})
    except MessageRefused:
        return
    if found:
        mail_events.record(found)
