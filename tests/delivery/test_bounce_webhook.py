"""Messages of SNS are accepted if they are signed, recent, and of a topic in OTP_SNS_TOPICS (threat 19)."""

import base64
import json
import sys
from datetime import timedelta
from unittest.mock import MagicMock

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django_ses.utils import EventMessageVerifier

from otp.delivery.bounce_webhook import signed_text
from tests.support.api import ADDRESS
from tests.support.sns import BOUNCE, CERTIFICATE, CONFIRM_URL, NOW, TOPIC, suppressed

pytestmark = pytest.mark.usefixtures("sns_clock")

OTHER_TOPIC = "arn:aws:sns:ap-southeast-2:210987654321:mail-events"


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
def test_a_forged_message_is_refused(post_event, forged, why):
    assert post_event(BOUNCE, forged=forged).status_code == 403
    assert suppressed() == []


@pytest.mark.parametrize("kind", ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"])
@pytest.mark.parametrize("subject", ["A subject", "", None])
def test_django_ses_expects_the_same_signed_text(kind, subject):
    """`_get_bytes_to_sign` is private, so only this test calls it."""
    names = ("TopicArn", "Message", "Token", "SubscribeURL", "MessageId", "Timestamp", "Signature", "UnsubscribeURL")
    message = {"Type": kind, "Subject": subject, **{name: f"the {name}" for name in names}}
    assert signed_text(message) == EventMessageVerifier(message)._get_bytes_to_sign()


def test_a_signature_of_another_key_is_refused(post_event):
    assert post_event(BOUNCE, signing=rsa.generate_private_key(public_exponent=65537, key_size=2048)).status_code == 403
    assert suppressed() == []


def test_an_unlisted_topic_is_refused_even_with_a_valid_signature(post_event, settings, certificates):
    assert post_event(BOUNCE, TopicArn=OTHER_TOPIC).status_code == 403
    settings.OTP_SNS_TOPICS = []
    assert post_event(BOUNCE).status_code == 403
    assert suppressed() == []
    assert certificates == []


@pytest.mark.parametrize("minutes", [60, 59, 0, -59, -60])
def test_a_message_signed_within_an_hour_is_accepted(post_event, minutes):
    assert post_event(BOUNCE, Timestamp=f"{NOW - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}.000Z").status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


@pytest.mark.parametrize("age", [timedelta(hours=1, seconds=1), timedelta(minutes=61), timedelta(hours=-1, seconds=-1)])
def test_an_older_or_later_message_is_refused(post_event, age):
    assert post_event(BOUNCE, Timestamp=f"{NOW - age:%Y-%m-%dT%H:%M:%S}.000Z").status_code == 403
    assert suppressed() == []


@pytest.mark.parametrize(
    "body", ["", "[]", "5", "null", "{}", '"text"', "{", "\ud800", '{"TopicArn": {}}', "[" * 60_000]
)
def test_a_malformed_body_is_refused(client, body):
    data = body.encode(errors="surrogatepass")
    assert client.post("/ses/events/", data, content_type="text/plain").status_code == 403


def test_only_post_is_allowed(client):
    assert client.get("/ses/events/").status_code == 405


def test_only_a_listed_topic_can_subscribe(post_event, confirmed):
    fields = {"Type": "SubscriptionConfirmation", "SubscribeURL": CONFIRM_URL, "Token": "t0ken"}
    assert post_event("x", TopicArn=OTHER_TOPIC, **fields).status_code == 403
    assert post_event("x", forged={"SubscribeURL": "https://evil.example/"}, **fields).status_code == 403
    assert confirmed == []
    assert post_event("x", **fields).status_code == 200
    assert confirmed == [CONFIRM_URL]


def test_a_certificate_that_could_not_be_fetched_is_fetched_again(post_event, monkeypatch):
    import requests

    fetch = requests.get
    monkeypatch.setattr(requests, "get", MagicMock(side_effect=requests.ConnectionError))
    assert post_event(BOUNCE).status_code == 403
    monkeypatch.setattr(requests, "get", fetch)
    assert post_event(BOUNCE).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


def test_no_log_line_holds_an_address_or_a_token(post_event, confirmed, caplog):
    fields = {"Type": "SubscriptionConfirmation", "SubscribeURL": CONFIRM_URL, "Token": "t0ken"}
    post_event(BOUNCE)
    post_event("x", **fields)
    post_event("x", forged={"Message": "y"}, **fields)
    said = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert ADDRESS not in said
    assert "t0ken" not in said


def test_a_subscription_and_a_forgery_are_logged(post_event, confirmed, caplog):
    fields = {"Type": "SubscriptionConfirmation", "SubscribeURL": CONFIRM_URL, "Token": "t0ken"}
    with caplog.at_level("INFO", logger="otp"):
        post_event("x", **fields)
        post_event("x", forged={"Message": "y"})
    ours = [
        (each.levelname, each.getMessage()) for each in caplog.records if each.name == "otp.delivery.bounce_webhook"
    ]
    assert ours == [
        ("INFO", f"Confirming the subscription to {TOPIC}"),
        ("WARNING", "A message for one of OTP_SNS_TOPICS has no valid signature"),
    ]


def test_django_ses_is_not_installed_and_needs_no_tables():
    from django.apps import apps

    assert not apps.is_installed("django_ses")


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_a_signature_are_accepted(post_event, version):
    assert post_event(BOUNCE, SignatureVersion=version).status_code == 200
    assert suppressed() == [(ADDRESS, "bounce")]


@pytest.mark.parametrize(("signed_as", "claimed"), [("1", "2"), ("2", "1"), ("2", "3"), ("1", None), ("1", 1)])
def test_a_signature_of_another_version_than_it_claims_is_refused(post_event, signed_as, claimed):
    assert post_event(BOUNCE, SignatureVersion=signed_as, forged={"SignatureVersion": claimed}).status_code == 403
    assert suppressed() == []


def test_without_the_library_for_signatures_sns_retries(post_event, monkeypatch, caplog):
    """A package that was built with LEAN=1 lacks the library."""
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    assert post_event(BOUNCE).status_code == 503
    assert "run make package without LEAN=1" in caplog.text
    assert suppressed() == []
