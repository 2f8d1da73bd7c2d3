"""Codes by e-mail: composes the mail, and sends it through django-ses and Amazon SES."""

import functools
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from email.charset import QP, Charset
from email.policy import Compat32
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.formats import date_format

from otp.bidi import isolated
from otp.browsers import browser_in_words
from otp.clock import MINUTE
from otp.conf import conf
from otp.dynamo.tls import read_certificates_once

from .addresses import sender
from .aws import send_message, translate_errors

REMEDIES = {
    "AccessDeniedException": "Allow the function's role this action: `make provision` updates its policy.",
    "MessageRejected": "In the SES sandbox every recipient must be verified: verify this one, or ask AWS for "
    "production access. Otherwise verify the identity of OTP_FROM_EMAIL in this region.",
    "MailFromDomainNotVerifiedException": "Complete the DNS records of the MAIL FROM domain, or remove it from the "
    "identity.",
    "NotFoundException": "Verify the identity of OTP_FROM_EMAIL in this region.",
    "TooManyRequestsException": "Ask AWS for a higher sending rate.",
    "LimitExceededException": "Ask AWS for a higher sending quota.",
    "AccountSuspendedException": "AWS has paused sending for this account: see the SES console.",
    "SendingPausedException": "Sending is paused: see the SES console.",
}

LINE = 78  # characters of a header's line
BOUNDARY = secrets.token_hex(12)  # as long as fits on the line of the Content-Type
QUOTED_PRINTABLE = Charset("utf-8")
QUOTED_PRINTABLE.body_encoding = QP


class Headers(Compat32):
    """Writes a header that fits on its line as it is. Python's email package would take it apart and fold it."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        line = f"{name}: {value}"
        if len(line) <= LINE and line.isascii() and line.isprintable():
            return f"{line}{self.linesep}".encode()
        return super().fold_binary(name, value)


class Mail(EmailMultiAlternatives):
    """A mail that is written in half the time that Django's own takes, and only has 7-bit ASCII, as SES asks for.

    All mails of this process have the same boundary. Otherwise Python's email package makes one for each mail, and
    compiles an expression to look for it in the parts.
    """

    def message(self, **kwargs: Any) -> Any:
        made = super().message(**kwargs)
        made.set_boundary(BOUNDARY)
        for part in made.get_payload():
            if part["Content-Transfer-Encoding"] == "8bit":
                del part["Content-Transfer-Encoding"]
                part.set_payload(part.get_payload(), QUOTED_PRINTABLE)
        if isinstance(made.policy, Compat32):  # until Django 5.2
            made.policy = Headers()
        return made


def simulator() -> str:
    """SES's mailbox simulator. SES handles the mail like any other, and no mailbox receives it."""
    return "success@simulator.amazonses.com"


def compose(
    address: str, code: str, *, lifetime: int, requested_at: datetime, user_agent: str = "", change: bool = False
) -> EmailMultiAlternatives:
    """Compose the mail with a code for a canonical address; `lifetime` in seconds.

    `change`: the code changes an account's addresses.
    """
    context = {
        **facts(address, requested_at, user_agent),
        "code": code,
        "minutes": lifetime // MINUTE,
        "change": change,
    }
    context["subject"] = " ".join(render_to_string("mail/subject.txt", context).split())
    return mail_of(address, "code", context)


def facts(address: str, time: datetime, user_agent: str) -> dict[str, Any]:
    """The template context of every mail: the recipient, the time and the browser."""
    return {
        "site_name": isolated(conf.site_name),
        "address": isolated(address),
        "date": date_format(time.astimezone(UTC)),
        "time": f"{time.astimezone(UTC):%H:%M}",
        "browser": browser_in_words(user_agent),
    }


def mail_of(address: str, template: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """A mail with a text and an HTML body, from the templates `mail/<template>.txt` and `.html`."""
    message = Mail(
        subject=context["subject"],
        body=render_to_string(f"mail/{template}.txt", context),
        from_email=formataddr(sender(conf.from_email)),  # quotes and encodes the name
        to=[address],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    message.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    return message


def deliver(message: EmailMultiAlternatives, *, retry: bool = True) -> str:
    """Send the mail, and return SES's id of it. Raises DeliveryFailed if it wasn't sent, or DeliveryUnknown.

    `retry=False`: don't send it again if SES throttles.
    """
    send_message(lambda: backend().send_messages([message]), REMEDIES, retry=retry)
    return str(message.extra_headers["message_id"])


def remove_from_suppression_list(address: str) -> None:
    """Remove an address from SES's own suppression list, which holds for the whole AWS account.

    Raises DeliveryFailed or DeliveryUnknown.
    """
    client = backend().connection
    with translate_errors(REMEDIES), suppress(client.exceptions.NotFoundException):
        client.delete_suppressed_destination(EmailAddress=address)


@functools.cache
def backend() -> Any:
    """The site's mail backend. It stays open: django-ses would otherwise connect anew for every mail."""
    made = mail.mailers.default if hasattr(settings, "MAILERS") else mail.get_connection()  # MAILERS: from Django 6.1
    made.open()
    read_certificates_once(made.connection)
    return made
