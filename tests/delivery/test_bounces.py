"""Mail that comes back, as SNS tells of it (threat 19): signed by a key of the test's own, whose certificate stands in
for that of SNS."""

import base64
import json
from datetime import UTC, datetime, timedelta
from unittest.mock import MagicMock

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.test import Client
from django_ses import utils as django_ses

from otp import signals
from otp.dynamo.client import client as dynamodb
from otp.models import Account, Suppression
from tests.support.faults import error, faulty
from tests.support.verbs import ADDRESS, answer, ask, mailed_code

NOON = datetime(2033, 5, 18, 12, tzinfo=UTC)
TOPIC = "arn:aws:sns:ap-southeast-2:123456789012:mail-events"
OTHER_TOPIC = "arn:aws:sns:ap-southeast-2:210987654321:mail-events"
CERTIFICATE = "https://sns.ap-southeast-2.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
SIGNED = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type")
CONFIRM_URL = "https://sns.ap-southeast-2.amazonaws.com/?Action=ConfirmSubscription&Token=t0ken"

BOUNCE = {
    "notificationType": "Bounce",
    "bounce": {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": ADDRESS, "status": "5.1.1"}],
        "feedbackId": "1",
    },
    "mail": {"destination": [ADDRESS]},
}
COMPLAINT = {
    "eventType": "Complaint",
    "complaint": {"complainedRecipients": [{"emailAddress": f"Person <{ADDRESS.upper()}>"}], "feedbackId": "2"},
    "mail": {"destination": [ADDRESS]},
}
DELIVERY = {"notificationType": "Delivery", "delivery": {"recipients": [ADDRESS]}, "mail": {}}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def certificates(key, monkeypatch):
    """What is fetched instead of SNS's certificate: that of the test's key. Yields the addresses asked for."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOON).not_valid_after(NOON + timedelta(days=1))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    fetched = []

    def get(url, timeout):
        fetched.append(url)
        return MagicMock(content=pem)

    monkeypatch.setattr("requests.get", get)
    yield fetched
    django_ses.clear_cert_cache()


@pytest.fixture
def confirmed(monkeypatch):
    """The addresses that were opened to confirm a subscription."""
    opened = []
    monkeypatch.setattr(django_ses, "urlopen", lambda url: opened.append(url) or MagicMock())
    return opened


@pytest.fixture
def post(client, key):
    """Post an event as SNS does: signed, unless told otherwise by fields that replace those that were signed."""

    def post(event, *, signing=key, forged=None, **fields):
        message = {
            "Type": "Notification",
            "MessageId": "m",
            "TopicArn": TOPIC,
            "Message": event if isinstance(event, str) else json.dumps(event),
            "Timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
            "SignatureVersion": "1",
            "SigningCertURL": CERTIFICATE,
            **fields,
        }
        text = "".join(f"{name}\n{message[name]}\n" for name in SIGNED if name in message)
        signature = signing.sign(text.encode(), padding.PKCS1v15(), hashes.SHA1())  # SNS's version 1
        message["Signature"] = base64.b64encode(signature).decode()
        return client.post("/ses/events/", json.dumps(message | (forged or {})), content_type="text/plain")

    return post


@pytest.fixture
def lift():
    """What one of the staff does in the admin, in a browser of their own."""

    def lift():
        staff = Client()
        staff.force_login(Account.objects.create(address="staff@example.com", role="staff"))
        page = staff.get("/admin/otp/suppression/")
        assert ADDRESS in page.text
        ticked = {"action": "lift", "_selected_action": ADDRESS, "index": 0}
        staff.post("/admin/otp/suppression/", ticked)
        assert suppressed() == []

    return lift


def suppressed():
    return [(each.address, each.reason) for each in Suppression.objects.filter(pk__in=[ADDRESS])]


def mails_after(inbox):
    ask()
    return len(inbox())


def test_a_hard_bounce_stops_the_next_mail_until_staff_lift_it(post, inbox, clock, lift):
    assert mails_after(inbox) == 1
    assert post(BOUNCE).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]
    clock.shift(120)
    assert ask().status_code == 200
    assert len(inbox()) == 1
    lift()
    clock.shift(300)
    assert mails_after(inbox) == 2
    assert answer(mailed_code()).status_code == 200


def test_a_complaint_stops_it_too(post, inbox):
    assert post(COMPLAINT).status_code == 200
    assert suppressed() == [(ADDRESS, "complaint")]
    assert mails_after(inbox) == 0


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_soft_bounce_stops_nothing(post, kind):
    assert post({**BOUNCE, "bounce": {**BOUNCE["bounce"], "bounceType": kind}}).status_code == 200
    assert suppressed() == []


@pytest.mark.parametrize("event", [DELIVERY, {"notificationType": "Other"}, "Successfully validated SNS topic"])
def test_all_else_is_taken_and_stops_nothing(post, event):
    assert post(event).status_code == 200
    assert suppressed() == []


def test_saying_it_again_changes_nothing(post, clock):
    post(BOUNCE)
    clock.shift(60)
    assert post(COMPLAINT).status_code == 200
    found = Suppression.objects.get(pk=ADDRESS)
    assert (found.reason, found.created_at) == ("bounce", NOON)


def test_the_caller_can_not_tell_who_is_suppressed(post, requests_log):
    """The same requests as for others: the rest is `test_signup`'s, since both go one way."""
    post(BOUNCE)
    seen = []
    for address in (ADDRESS, "stranger@example.com"):
        requests_log.clear()
        response = ask(address)
        seen.append((response.status_code, response.content, dict(response.headers), requests_log.operations))
    assert seen[0] == seen[1]
    assert answer("000000").json() == answer("000000", "stranger@example.com").json()


def test_a_suppression_outlasts_a_sign_in_with_an_earlier_code(post):
    ask()
    post(BOUNCE)
    assert answer(mailed_code()).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


def test_it_is_in_what_a_person_is_told_about_oneself(post, client):
    post(BOUNCE)
    client.force_login(Account.objects.create(address=ADDRESS))
    assert client.get("/account/export/").json()["mail_came_back"]["reason"] == "bounce"


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        ({"Message": json.dumps(BOUNCE).replace("person", "victim")}, "another message"),
        ({"Signature": base64.b64encode(b"0" * 256).decode()}, "another signature"),
        ({"Signature": ""}, "no signature"),
        ({"Signature": "é"}, "no base64"),
        ({"Signature": 5}, "a signature of another type"),
        ({"SigningCertURL": "https://sns.evil.example/SimpleNotificationService-0.pem"}, "another host"),
        (
            {"SigningCertURL": "https://sns.ap-southeast-2.amazonaws.com.evil.example/S-0.pem"},
            "a host that looks it",
        ),
        ({"SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem"}, "another region"),
        ({"SigningCertURL": "https://sns.ap-southeast-2.amazonaws.com/bucket/evil.pem"}, "another file"),
        ({"SigningCertURL": CERTIFICATE.replace("https", "http")}, "not over TLS"),
        ({"SigningCertURL": None}, "no certificate"),
        ({"Type": "Other"}, "an unknown type"),
        ({"TopicArn": OTHER_TOPIC}, "another topic"),
        ({"TopicArn": [TOPIC]}, "a topic of another type"),
        ({"Timestamp": "yesterday"}, "no time"),
        ({"Timestamp": 5}, "a time of another type"),
    ],
)
def test_what_is_forged_is_refused(post, forged, why):
    assert post(BOUNCE, forged=forged).status_code == 403
    assert suppressed() == []


def test_another_key_is_refused(post):
    assert post(BOUNCE, signing=rsa.generate_private_key(public_exponent=65537, key_size=2048)).status_code == 403
    assert suppressed() == []


def test_a_topic_that_is_not_listed_is_refused_however_well_it_is_signed(post, settings, certificates):
    assert post(BOUNCE, TopicArn=OTHER_TOPIC).status_code == 403
    settings.OTP_SNS_TOPICS = []
    assert post(BOUNCE).status_code == 403
    assert suppressed() == []
    assert certificates == []


@pytest.mark.parametrize("minutes", [60, 59, 0, -59, -60])
def test_what_was_signed_within_the_hour_is_taken(post, minutes):
    assert post(BOUNCE, Timestamp=f"{NOON - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}.000Z").status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


@pytest.mark.parametrize("age", [timedelta(hours=1, seconds=1), timedelta(minutes=61), timedelta(hours=-1, seconds=-1)])
def test_what_was_signed_at_another_time_is_refused(post, age):
    assert post(BOUNCE, Timestamp=f"{NOON - age:%Y-%m-%dT%H:%M:%S}.000Z").status_code == 403
    assert suppressed() == []


@pytest.mark.parametrize(
    "body", ["", "[]", "5", "null", "{}", '"text"', "{", "\ud800", '{"TopicArn": {}}', "[" * 60_000]
)
def test_a_body_that_is_no_message_is_refused(client, body):
    data = body.encode(errors="surrogatepass")
    assert client.post("/ses/events/", data, content_type="text/plain").status_code == 403


def test_only_post_is_answered(client):
    assert client.get("/ses/events/").status_code == 405


def test_only_a_listed_topic_can_subscribe(post, confirmed):
    fields = {"Type": "SubscriptionConfirmation", "SubscribeURL": CONFIRM_URL, "Token": "t0ken"}
    assert post("x", TopicArn=OTHER_TOPIC, **fields).status_code == 403
    assert post("x", forged={"SubscribeURL": "https://evil.example/"}, **fields).status_code == 403
    assert confirmed == []
    assert post("x", **fields).status_code == 200
    assert confirmed == [CONFIRM_URL]


def test_a_certificate_that_could_not_be_fetched_is_fetched_again(post, monkeypatch):
    import requests

    fetch = requests.get
    monkeypatch.setattr(requests, "get", MagicMock(side_effect=requests.ConnectionError))
    assert post(BOUNCE).status_code == 403
    monkeypatch.setattr(requests, "get", fetch)
    assert post(BOUNCE).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


def test_what_can_not_be_stored_now_is_brought_again(post):
    with faulty("PutItem", *[error("ThrottlingException")] * 2, of=dynamodb()):
        assert post(BOUNCE).status_code == 503
    assert post(BOUNCE).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


def test_receivers_are_told_once(post):
    told = []

    def note(address, reason, **kwargs):
        told.append((address, reason))

    signals.bounced.connect(note)
    post(BOUNCE)
    post(BOUNCE)
    signals.bounced.disconnect(note)
    assert told == [(ADDRESS, "bounce")]


def test_no_log_line_holds_an_address_or_a_token(post, confirmed, caplog):
    fields = {"Type": "SubscriptionConfirmation", "SubscribeURL": CONFIRM_URL, "Token": "t0ken"}
    post(BOUNCE)
    post("x", **fields)
    post("x", forged={"Message": "y"}, **fields)
    said = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert ADDRESS not in said
    assert "t0ken" not in said


def test_operators_are_told_of_a_subscription_and_of_a_forgery(post, confirmed, caplog):
    fields = {"Type": "SubscriptionConfirmation", "SubscribeURL": CONFIRM_URL, "Token": "t0ken"}
    with caplog.at_level("INFO", logger="otp"):
        post("x", **fields)
        post("x", forged={"Message": "y"})
    ours = [(each.levelname, each.getMessage()) for each in caplog.records if each.name == "otp.delivery.webhook"]
    assert ours == [
        ("INFO", f"Confirming the subscription to {TOPIC}"),
        ("WARNING", "A message in the name of a topic of ours has no valid signature"),
    ]


def test_no_table_of_django_ses_is_there_to_be_asked():
    from django.apps import apps

    assert not apps.is_installed("django_ses")


def test_by_hand_a_message_needs_no_signature_in_local_mode_alone(client, settings):
    message = {"Type": "Notification", "TopicArn": TOPIC, "Message": json.dumps(BOUNCE)}
    message["Timestamp"] = f"{NOON:%Y-%m-%dT%H:%M:%S}.000Z"
    assert settings.AWS_SES_VERIFY_EVENT_SIGNATURES is True
    assert client.post("/ses/events/", json.dumps(message), content_type="text/plain").status_code == 403
    settings.AWS_SES_VERIFY_EVENT_SIGNATURES = False
    assert client.post("/ses/events/", json.dumps(message), content_type="text/plain").status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]
