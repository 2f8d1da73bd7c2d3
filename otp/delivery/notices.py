"""Notices: mails without a code or a link, whose failure has no consequence but a line in the log."""

import logging
from typing import Any

from django.db.utils import OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from otp.dynamo.operations import get
from otp.exceptions import DeliveryFailed
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


def _notice(to: str, facts: dict[str, Any], **words: str) -> Any:
    return email.mail_of(to, "notice", {**facts, **words})


def send(message: Any) -> None:
    """Send a notice, unless its address is suppressed. A failure is logged."""
    try:
        if not get(Suppression, message.to[0]):
            email.deliver(message)
    except (DeliveryFailed, OperationalError) as failure:
        logger.error("A notice was not sent: %s", type(failure).__name__)
