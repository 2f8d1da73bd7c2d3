"""What SES says of mails that came back, brought by SNS: django-ses's verified view, held to our own topics."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_ses.utils import clear_cert_cache
from django_ses.views import SESEventWebhookView

from otp.conf import conf
from otp.exceptions import MessageRefused

from . import bounces

LONGEST_WAY = timedelta(hours=1)  # SNS tries for as long, and no longer, to hand a message over

logger = logging.getLogger(__name__)

Message = dict[str, Any]


class Events(SESEventWebhookView):
    """Takes what is signed by SNS, of a topic in OTP_SNS_TOPICS, and new. All else is refused before it is acted on.

    The topic is looked at first: so a stranger can't even make us fetch a certificate, but by naming a topic of ours.
    """

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.is_for_us(request.body):
            raise MessageRefused
        response = super().post(request, *args, **kwargs)
        if response.status_code == 400:
            raise MessageRefused
        return response

    def is_for_us(self, body: bytes) -> bool:
        """Whether it looks like one of ours; whether it is, its signature tells."""
        try:
            message = json.loads(body)
            sent_at = datetime.strptime(message["Timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
            topic = message["TopicArn"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return False
        return topic in conf.sns_topics and abs(timezone.now() - sent_at) <= LONGEST_WAY

    def verify_event_message(self, notification: Message) -> bool:
        """Whether SNS signed it, with the certificate of the topic's own region."""
        region = notification["TopicArn"].split(":")[3]
        certificate = notification.get("SigningCertURL", "")
        try:
            here = certificate.startswith(f"https://sns.{region}.amazonaws.com/")
            verified = here and super().verify_event_message(notification)
        except (ValueError, TypeError, AttributeError):  # a signature that is no base64, fields that are no strings
            verified = False
        if not verified:
            clear_cert_cache()  # it remembers for ever that a certificate couldn't be fetched
            logger.warning("A message in the name of a topic of ours has no valid signature")
        return bool(verified)

    def handle_subscription_confirmation(self, notification: Message) -> None:
        logger.info("Confirming the subscription to %s", notification["TopicArn"])
        super().handle_subscription_confirmation(notification)

    def handle_bounce(self, notification: Message, message: Message) -> None:
        self.suppress(message)
        super().handle_bounce(notification, message)

    def handle_complaint(self, notification: Message, message: Message) -> None:
        self.suppress(message)
        super().handle_complaint(notification, message)

    def suppress(self, event: Message) -> None:
        """Raises Unavailable: then SNS brings the message again."""
        addresses, reason = bounces.recipients(event)
        for address in addresses:
            bounces.suppress(address, reason)


events = Events.as_view()
