"""Suppressed addresses: after a hard bounce or a complaint an address gets no more mail until staff lift it."""

from email.utils import parseaddr
from typing import Any

from django.db.models import Q
from django.utils import timezone

from otp.dynamo.client import ConditionFailed
from otp.dynamo.operations import Put
from otp.exceptions import AddressInvalid, translate_storage_errors
from otp.models import Suppression
from otp.signals import bounced

from . import addresses

Reason = Suppression.Reason


def recipients(event: dict[str, Any]) -> tuple[list[str], str]:
    """The addresses to suppress, as written in an event of SES, and the reason.

    Only hard bounces and complaints count. A full mailbox or an unreachable server is temporary.
    """
    match event:
        case {"bounce": {"bounceType": "Permanent", "bouncedRecipients": [*found]}}:
            reason = Reason.BOUNCE
        case {"complaint": {"complainedRecipients": [*found]}}:
            reason = Reason.COMPLAINT
        case _:
            return [], ""
    return [each["emailAddress"] for each in found], reason


@translate_storage_errors()
def suppress(address: str, reason: str) -> None:
    """Suppress an address, given as SES writes it. If it already is, the first reason stays. Raises Unavailable."""
    try:
        address = addresses.canonical(parseaddr(address)[1])
    except AddressInvalid:
        return  # the site never sends to such an address
    suppression = Suppression(address=address, reason=reason, created_at=timezone.now())
    try:
        Put(suppression, when=Q(pk__isnull=True), repeatable=True).run()
    except ConditionFailed:
        return  # already suppressed: SNS delivers each message at least once
    bounced.send_robust(sender=None, address=address, reason=reason)
