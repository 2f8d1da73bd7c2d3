from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives


@pytest.fixture
def send_mail() -> Callable[..., None]:
    """A function that sends a mail as the site does, through django-ses and HTTP."""

    def send(to="a@b.example", subject="Hello", text="Text", html="<p>HTML", from_email=settings.DEFAULT_FROM_EMAIL):
        mail = EmailMultiAlternatives(subject, text, from_email, [to])
        if html:
            mail.attach_alternative(html, "text/html")
        mail.send()

    return send
