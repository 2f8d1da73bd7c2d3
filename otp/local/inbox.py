"""The inbox of local mode: the mails and text messages that were sent, as a page and as JSON."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from otp.conf import conf
from otp.delivery import email

from . import embedded


@dataclass(frozen=True)
class Mail:
    """A mail or an SMS as its recipient sees it. `number` counts mails from 1, oldest first; an SMS has 0.

    `sent_at` is in UTC.
    """

    number: int
    to: list[str]
    subject: str
    text: str
    html: str
    sent_at: datetime

    @classmethod
    @functools.lru_cache(maxsize=embedded.KEPT)  # each view of the inbox shows all mails again, and none ever changes
    def parse(cls, number: int, source: str) -> "Mail":
        message = message_from_bytes(source.encode(), policy=policy.default)
        date = message["Date"].datetime
        return cls(
            number=number,
            to=[address.addr_spec for address in message["To"].addresses],
            subject=str(message["Subject"]).strip(),  # a folded header begins with a space
            text=body(message, "plain"),
            html=body(message, "html"),
            sent_at=date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC),  # "-0000" parses as naive
        )


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content().replace("\r\n", "\n") if part else ""


def mails() -> list[Mail]:
    """The newest mails and text messages, newest first, without those to AWS's simulators."""
    every = [Mail.parse(number, message.raw_data) for number, message in embedded.ses().sent_messages.numbered()]
    every += [Mail(0, [phone], "", text, "", at) for phone, text, at in list(embedded.sns().sms_messages.values())]
    simulators = [[email.simulator()], [conf.sms_simulator]]
    return sorted((mail for mail in every if mail.to not in simulators), key=lambda mail: mail.sent_at)[::-1]


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """All mails as a page, or with `Accept: application/json` as `{"messages": [...]}`."""
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"messages": [as_json(mail) for mail in mails()]})
    translation.activate("en")  # this page is for developers and isn't translated
    return render(request, "local/inbox.html", {"mails": mails(), "embedded": embedded.takes_the_mail()})


def as_json(mail: Mail) -> dict[str, object]:
    return {
        "to": mail.to,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "sent_at": mail.sent_at.isoformat(),
    }


# A mail may contain anything. `sandbox` disables its scripts and forms, even if it is opened outside the frame.
@require_safe
@never_cache
@xframe_options_sameorigin
@csp(  # type: ignore[arg-type]  # django-csp's annotation allows only views with one argument
    {
        "sandbox": True,
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": ["data:"],
        "frame-ancestors": [SELF],
    }
)
def html(request: HttpRequest, number: int) -> HttpResponse:
    """The HTML of one mail, which the inbox shows in a frame."""
    for mail in mails():
        if mail.number == number:
            return HttpResponse(mail.html)
    raise Http404
