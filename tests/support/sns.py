"""Messages in the format of SNS, signed with a key of the tests."""

import base64
import json
from datetime import UTC, datetime, timedelta
from unittest.mock import MagicMock

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.test import Client
from django_ses import utils as django_ses

from otp.models import LogEntry, Suppression
from otp.outcomes import Outcome
from otp.signin import log
from otp.signin.callers import Caller
from otp.signin.flows import Flow
from tests.support.api import ADDRESS

NOW = datetime(2033, 5, 18, 12, tzinfo=UTC)
TOPIC = "arn:aws:sns:ap-southeast-2:123456789012:mail-events"
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
    "mail": {"destination": [ADDRESS], "messageId": "of-the-mail", "timestamp": f"{NOW:%Y-%m-%dT%H:%M:%S}.000Z"},
}


@pytest.fixture
def sns_clock(clock):
    """Freeze time at NOW, when the mail of BOUNCE was sent."""
    clock.move_to(NOW)
    mailed()


def mailed(address=ADDRESS, message_id="of-the-mail", outcome=Outcome.SENT, when=NOW):
    """Log a mail, as sending it does. Returns the key of its entry."""
    entry = log.entry(outcome, address=address, flow=Flow("api"), caller=Caller("127.0.0.1"), now=when)
    entry.message_id = message_id
    log.write(entry)
    return entry.pk


def bounce_of(address):
    """A bounce of the latest mail to an address."""
    entry = LogEntry.objects.filter(address=address, outcome=Outcome.SENT).order_by("-entry_id").first()
    mail = {"messageId": entry.message_id, "timestamp": entry.created_at.isoformat(), "destination": [address]}
    bounce = {**BOUNCE["bounce"], "bouncedRecipients": [{"emailAddress": address}]}
    return {"eventType": "Bounce", "bounce": bounce, "mail": mail}


@pytest.fixture(scope="session")
def sns_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def certificates(sns_key, monkeypatch):
    """Serve the certificate of `sns_key` in place of SNS's. Yields the URLs that were fetched."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(sns_key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
    pem = builder.sign(sns_key, hashes.SHA256()).public_bytes(Encoding.PEM)
    fetched = []

    def get(url, timeout):
        fetched.append(url)
        return MagicMock(content=pem)

    monkeypatch.setattr("requests.get", get)
    yield fetched
    django_ses.clear_cert_cache()


@pytest.fixture
def confirmed(monkeypatch):
    """The URLs that were opened to confirm a subscription."""
    opened = []
    monkeypatch.setattr(django_ses, "urlopen", lambda url: opened.append(url) or MagicMock())
    return opened


@pytest.fixture
def post_event(sns_key, certificates):
    """A function that posts an event as SNS does. Fields of `forged` replace those that were signed."""
    client = Client(enforce_csrf_checks=True)

    def post(event, *, signing=sns_key, forged=None, **fields):
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
        algorithm = hashes.SHA1() if message["SignatureVersion"] == "1" else hashes.SHA256()
        signature = signing.sign(text.encode(), padding.PKCS1v15(), algorithm)
        message["Signature"] = base64.b64encode(signature).decode()
        return client.post("/ses/events/", json.dumps(message | (forged or {})), content_type="text/plain")

    return post


def suppressed():
    return [(each.address, each.reason) for each in Suppression.objects.filter(pk__in=[ADDRESS])]
