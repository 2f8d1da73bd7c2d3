"""A code by e-mail: Django's mail, through django-ses to Amazon SES. The one door to SES."""

import functools
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from otp.conf import conf

from .handover import handing_over

SUBJECT = _("Your OTP Code")  # never the code: SES's own event records carry subjects

REMEDIES = {
    "AccessDeniedException": "Allow the function's role what is named here: `make provision` mends its policy.",
    "MessageRejected": "In the SES sandbox every recipient must be verified: verify this one, or ask AWS for "
    "production access. Otherwise verify the identity of OTP_FROM_EMAIL in this region.",
    "MailFromDomainNotVerifiedException": "Finish the MAIL FROM domain's DNS records, or take it off the identity.",
    "NotFoundException": "Verify the identity of OTP_FROM_EMAIL in this region.",
    "TooManyRequestsException": "Ask AWS for a higher sending rate.",
    "LimitExceededException": "Ask AWS for a higher sending quota.",
    "AccountSuspendedException": "AWS has paused sending for this account: see the SES console.",
    "SendingPausedException": "Sending is paused: see the SES console.",
}


def nobody() -> str:
    """SES's mailbox simulator: SES takes the mail as it takes any other, and no mailbox gets it."""
    return "success@simulator.amazonses.com"


def compose(address: str, code: str, *, lifetime: int) -> EmailMultiAlternatives:
    """The mail that brings a code to a canonical address; `lifetime` in seconds."""
    context = {"code": code, "minutes": lifetime // 60, "site_name": conf.site_name}
    message = EmailMultiAlternatives(
        subject=SUBJECT,
        body=render_to_string("mail/code.txt", context),
        from_email=conf.from_email,
        to=[address],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    message.attach_alternative(render_to_string("mail/code.html", context), "text/html")
    return message


def deliver(message: EmailMultiAlternatives) -> None:
    """Hand the mail over. Raises DeliveryFailed when it didn't leave, DeliveryUnknown when nobody can tell."""
    with handing_over(REMEDIES):
        backend().send_messages([message])


@functools.cache
def backend() -> Any:
    """The site's mail backend, opened once: django-ses would make a new client and connection for every mail."""
    made = mail.mailers.default if hasattr(settings, "MAILERS") else mail.get_connection()  # MAILERS: from Django 6.1
    made.open()
    return made
