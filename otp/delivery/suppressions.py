"""Suppressed addresses: after a hard bounce or a complaint an address gets no more mail until staff lift it."""

from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from otp.dynamo.client import ConditionFailed
from otp.dynamo.operations import Put
from otp.exceptions import AddressInvalid, translate_storage_errors
from otp.models import AuditEntry, Suppression
from otp.signals import bounced

from . import addresses

Reason = Suppression.Reason


# SES didn't send the mail, because of an earlier bounce or complaint.
HELD_BACK = ("OnAccountSuppressionList", "Suppressed")


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


def held_back_at(event: dict[str, Any]) -> datetime | None:
    """When SES got the mail, if SES itself held it back; else None."""
    match event:
        case {"bounce": {"bounceSubType": subtype}, "mail": {"timestamp": str(sent_at)}} if subtype in HELD_BACK:
            return parse_datetime(sent_at)
    return None


@translate_storage_errors()
def suppress(address: str, reason: str, held_back_at: datetime | None = None) -> None:
    """Suppress an address, given as SES writes it. If it already is, the first reason stays. Raises Unavailable.

    A mail that SES held back proves nothing new about the mailbox, so it doesn't undo what staff have lifted since.
    """
    try:
        address = addresses.canonical(parseaddr(address)[1])
    except AddressInvalid:
        return  # the site never sends to such an address
    if held_back_at and was_lifted_since(address, held_back_at):
        return
    suppression = Suppression(address=address, reason=reason, created_at=timezone.now())
    try:
        Put(suppression, when=Q(pk__isnull=True), repeatable=True).run()
    except ConditionFailed:
        return  # already suppressed: SNS delivers each message at least once
    bounced.send_robust(sender=None, address=address, reason=reason)


def was_lifted_since(address: str, moment: datetime) -> bool:
    acts = AuditEntry.objects.filter(kind=Suppression._meta.model_name, key=address, created_at__gte=moment)
    return acts.exists()  # lifting is the only action on a suppression
