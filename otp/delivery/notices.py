"""Notices: mails without a code or a link. If one can't be sent, that is logged and has no other effect."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from otp.bidi import isolated
from otp.dynamo.operations import get
from otp.models import Suppression

from . import email

logger = logging.getLogger(__name__)


def address_changed(to: str, user_agent: str) -> Any:
    """The notice that codes are sent to another address from now on."""
    facts = email.facts(to, timezone.now(), user_agent)
    return _notice(
        to,
        facts,
        subject=_("Your address for %(site_name)s was changed") % facts,
        text=_("%(site_name)s now sends your codes somewhere else. Every other browser was signed out.") % facts,
        closing=_("If this wasn't you, contact %(site_name)s at once.") % facts,
    )


def signed_in(to: str, user_agent: str) -> Any:
    """The notice of a sign-in from an unknown browser. Its subject has the time, so that mails aren't grouped."""
    facts = email.facts(to, timezone.now(), user_agent)
    return _notice(
        to,
        facts,
        subject=_("New sign-in to %(site_name)s, %(time)s UTC") % facts,
        text=_("There was a sign-in to your account at %(site_name)s from a new browser.") % facts,
        closing=_(
            "If this was you, ignore this email. If it wasn't, sign in, sign out everywhere else, "
            "and make sure that nobody else can read your messages."
        ),
    )


def invitation(to: str, *, by: str, site: str, until: datetime) -> Any:
    """The invitation to sign up. It says where to sign in, but nothing in it signs anybody in."""
    facts = email.facts(to, timezone.now(), "") | {"by": isolated(by), "site": isolated(site)}
    facts["until"] = date_format(until.astimezone(UTC))
    return _notice(
        to,
        facts,
        subject=_("Your invitation to %(site_name)s") % facts,
        text=_("%(by)s invites you to %(site_name)s. Sign in with this address, %(address)s, at %(site)s") % facts,
        closing=_("You don't need a password: you'll get a code by email. The invitation is valid until %(until)s.")
        % facts,
    )


def _notice(to: str, facts: dict[str, Any], **words: str) -> Any:
    return email.mail_of(to, "notice", {**facts, **words})


@contextmanager
def errors_logged() -> Iterator[None]:
    """Log whatever the block raises, and continue. It composes and sends a notice."""
    try:
        yield
    except Exception as failure:  # noqa: BLE001 - a brand's template may be broken, and the sign-in or change is done
        logger.error("A notice was not sent: %s", type(failure).__name__)


def send(message: Any) -> None:
    """Send a notice, unless its address is suppressed."""
    if not get(Suppression, message.to[0]):
        send_unchecked(message)


def send_unchecked(message: Any) -> None:
    """Send a notice without checking whether its address is suppressed: a code has just arrived there.

    It isn't retried, and takes at most three seconds, because somebody is waiting for the page.
    """
    email.deliver(message, retry=False)
