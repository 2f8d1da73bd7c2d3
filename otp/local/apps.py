import logging
from typing import Any

from django.apps import AppConfig
from django.conf import settings

from otp.signals import sent

logger = logging.getLogger("otp.local")


class LocalConfig(AppConfig):
    name = "otp.local"
    label = "local"

    def ready(self) -> None:
        from django_ses.signals import message_sent

        message_sent.connect(log_mail)
        sent.connect(log_sms)


def log_mail(message: Any, **kwargs: Any) -> None:
    """Log the recipient and the inbox's URL, but not the text, which holds the code."""
    from otp.delivery import email

    if message.to == [email.simulator()]:
        logger.info("This address may not have a mail. One went to SES's mailbox simulator instead")
    else:
        logger.info("Mail to %s: see http://127.0.0.1:%d/inbox/", ", ".join(message.to), settings.PORT)


def log_sms(address: str, **kwargs: Any) -> None:
    if "@" not in address:
        logger.info("SMS to %s: see http://127.0.0.1:%d/inbox/", address, settings.PORT)
