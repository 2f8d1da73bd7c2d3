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

        message_sent.connect(say_where_the_mail_lies)
        sent.connect(say_where_the_text_lies)


def say_where_the_mail_lies(message: Any, **kwargs: Any) -> None:
    """Name the address and the place; never the text, which holds the code."""
    from otp.delivery import email

    if message.to == [email.nobody()]:
        logger.info("No mail to whoever may have none, only one to SES's mailbox simulator")
    else:
        logger.info("A mail to %s lies in http://127.0.0.1:%d/inbox/", ", ".join(message.to), settings.PORT)


def say_where_the_text_lies(address: str, **kwargs: Any) -> None:
    if "@" not in address:
        logger.info("A text message to %s lies in http://127.0.0.1:%d/inbox/", address, settings.PORT)
