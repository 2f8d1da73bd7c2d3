"""Suppressed addresses: after a hard bounce or a complaint an address gets no more mail until staff lift it."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from otp.dynamo.client import ConditionFailed
from otp.dynamo.operations import Put
from otp.exceptions import translate_storage_errors
from otp.models import AuditEntry, Suppression
from otp.signals import bounced

Reason = Suppression.Reason


@translate_storage_errors()
def suppress(address: str, reason: str, held_back_at: datetime | None = None) -> None:
    """Suppress a canonical address. If it already is, the first reason stays. Raises Unavailable.

    A mail that SES held back proves nothing new about the mailbox, so it doesn't undo what staff have lifted since.
    """
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
