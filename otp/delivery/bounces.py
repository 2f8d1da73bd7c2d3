"""Addresses whose mail came back: they are sent nothing more, until staff say otherwise."""

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
    """The addresses that want no more mail, and why: of hard bounces and complaints, as SES tells of them; else none.

    A mailbox that is full, or a server that is away, is no reason: that passes.
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
    """Send nothing more to an address, as SES writes it. The first reason stays. Raises Unavailable."""
    try:
        address = addresses.canonical(parseaddr(address)[1])
    except AddressInvalid:
        return  # nothing of ours goes there
    suppression = Suppression(address=address, reason=reason, created_at=timezone.now())
    try:
        Put(suppression, when=Q(pk__isnull=True), repeatable=True).run()
    except ConditionFailed:
        return  # SNS says everything at least once
    bounced.send_robust(sender=None, address=address, reason=reason)
