"""The endpoint for bounces and complaints, which SES sends through SNS: accepts only messages that SNS has signed.

django-ses fetches the certificate and confirms subscriptions. This checks the topic, the age, the region of the
certificate and the signature. `mail_events` decides whether the event in a message is believed, and what it means.
"""

import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django_ses.utils import EventMessageVerifier, clear_cert_cache, confirm_sns_subscription

from otp.conf import conf
from otp.exceptions import MessageRefused, Unavailable

from . import mail_events

LONGEST_DELAY = timedelta(hours=1)  # SNS retries a delivery for no longer than this

# The fields that SNS signs, in this order, by the type of the message: in its developer guide under "Verifying the
# signatures of Amazon SNS messages".
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": CONFIRMATION,
    "UnsubscribeConfirmation": CONFIRMATION,
}

logger = logging.getLogger(__name__)

Message = dict[str, Any]


class Events(View):
    """Accepts messages that SNS signed within the last hour for a topic in OTP_SNS_TOPICS. Refuses all others (403).

    The topic is checked first, so that a stranger who doesn't know one can't make the site fetch a certificate.
    """

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.is_expected(request.body):
            raise MessageRefused
        message = json.loads(request.body)
        if not self.is_signed(message):
            raise MessageRefused
        match message:
            case {"Type": "SubscriptionConfirmation", "SubscribeURL": str(), "Token": str()}:
                logger.info("Confirming the subscription to %s", message["TopicArn"])
                confirm_sns_subscription(message)
            case {"Type": "Notification", "Message": str(text)}:
                self.take(text)
        return HttpResponse()

    def take(self, text: str) -> None:
        """Record an event of SES. Raises MessageRefused if it is malformed, or Unavailable; SNS then retries."""
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            return  # "Successfully validated SNS topic", which SES sends once
        if not isinstance(event, dict):
            raise MessageRefused
        if report := mail_events.read(event):
            mail_events.record(report)

    def is_expected(self, body: bytes) -> bool:
        """Whether the body names a listed topic and a recent time. The signature is verified later."""
        try:
            message = json.loads(body)
            sent_at = datetime.strptime(message["Timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
            topic = message["TopicArn"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return False
        return topic in conf.sns_topics and abs(timezone.now() - sent_at) <= LONGEST_DELAY

    def is_signed(self, notification: Message) -> bool:
        """Whether SNS signed the message with a certificate of the topic's region."""
        region = notification["TopicArn"].split(":")[3]
        certificate = notification.get("SigningCertURL", "")
        try:
            is_of_region = certificate.startswith(f"https://sns.{region}.amazonaws.com/")
            verified = is_of_region and has_valid_signature(notification)
        except (ValueError, TypeError, KeyError, AttributeError):  # not base64, or a field is missing or isn't a string
            verified = False
        if not verified:
            clear_cert_cache()  # otherwise it would never fetch again a certificate that failed once
            logger.warning("A message for one of OTP_SNS_TOPICS has no valid signature")
        return verified


def has_valid_signature(notification: Message) -> bool:
    """Whether the signature matches the certificate. SNS signs with version 1 by default; AWS recommends version 2,
    which django-ses doesn't support. Raises Unavailable if LEAN=1 left the library out; SNS then retries.
    """
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    except ImportError as error:
        logger.error("Bounces need the package cryptography: run make package without LEAN=1")
        raise Unavailable from error
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}[notification["SignatureVersion"]]
    signed = signed_text(notification)
    signature = base64.b64decode(notification["Signature"])
    certificate = EventMessageVerifier(notification).certificate
    if not certificate:
        return False
    try:
        certificate.public_key().verify(signature, signed, PKCS1v15(), algorithm())
    except InvalidSignature:
        return False
    return True


def signed_text(message: Message) -> bytes:
    """The text that SNS signed: the names and values of the message's fields. Raises KeyError for an unknown type."""
    fields = [name for name in SIGNED[message["Type"]] if message.get(name)]
    return "".join(f"{name}\n{message[name]}\n" for name in fields).encode()


urlpatterns = [path("", csrf_exempt(Events.as_view()), name="events")]
