"""What SES reports about a mail: whether it was delivered, delayed or returned, or whether somebody complained.

An event is believed only about a mail that this site sent to that address. The log has the mails with codes, and gets
their state. Of a notice or an invitation, which the log lacks, SES itself says from whom and to whom it was.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from otp.conf import conf
from otp.dynamo.client import ConditionFailed
from otp.dynamo.operations import Update
from otp.exceptions import AddressInvalid, MessageRefused, translate_storage_errors
from otp.models import LogEntry, first_id
from otp.outcomes import Outcome

from . import addresses, suppressions

MARGIN = timedelta(minutes=1)  # between the clock of SES and ours
# SES didn't send the mail, because of an earlier bounce or complaint.
HELD_BACK = ("OnAccountSuppressionList", "Suppressed")

State = LogEntry.Delivery
REASONS = {State.BOUNCED: suppressions.Reason.BOUNCE, State.COMPLAINED: suppressions.Reason.COMPLAINT}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Report:
    """An event: what happened to the mail for which recipients, as SES writes them. SES got the mail at `sent_at`.

    `sent_to` has the canonical addresses that it was sent to, if its sender was OTP_FROM_EMAIL.
    """

    state: Any  # one of State
    recipients: list[Any]
    message_id: str
    sent_at: datetime
    held_back: bool = False
    sent_to: frozenset[str] = frozenset()


def read(event: dict[str, Any]) -> Report | None:
    """The report in an event of SES; None if it isn't about a delivery. Raises MessageRefused if it is malformed."""
    state: Any  # one of State
    match event.get("eventType", event.get("notificationType")), event:
        case "Bounce", {"bounce": {"bounceType": str(kind), "bouncedRecipients": [*recipients]}}:
            state = State.BOUNCED if kind == "Permanent" else State.RETURNED
        case "Complaint", {"complaint": {"complaintFeedbackType": "not-spam"}}:
            return None  # the person took the mail out of the spam folder
        case "Complaint", {"complaint": {"complainedRecipients": [*recipients]}}:
            state = State.COMPLAINED
        case "DeliveryDelay", {"deliveryDelay": {"delayedRecipients": [*recipients]}}:
            state = State.DELAYED
        case "Delivery", {"delivery": {"recipients": [*recipients]}}:
            state = State.DELIVERED
        case "Bounce" | "Complaint" | "DeliveryDelay" | "Delivery", _:
            raise MessageRefused
        case _:
            return None
    message_id, sent_at = _mail(event)
    return Report(state, recipients, message_id, sent_at, _subtype(event) in HELD_BACK, _sent_to(event["mail"]))


def _mail(event: dict[str, Any]) -> tuple[str, datetime]:
    """The id of the mail, and when SES got it."""
    try:
        mail = event["mail"]
        message_id, sent_at = mail["messageId"], parse_datetime(mail["timestamp"])
    except (KeyError, TypeError, ValueError) as error:
        raise MessageRefused from error
    if not isinstance(message_id, str) or sent_at is None or sent_at.tzinfo is None or not 2000 < sent_at.year < 9000:
        raise MessageRefused
    return message_id, sent_at


def _sent_to(mail: dict[str, Any]) -> frozenset[str]:
    """The addresses that a mail of this site was sent to; none for a mail of another sender.

    Somebody who marks a newsletter from the same AWS account as spam still wants codes.
    """
    match mail:
        case {"source": str(source), "destination": [*recipients]} if _is_own(source):
            return frozenset(filter(None, map(_canonical, recipients)))
    return frozenset()


def _is_own(source: str) -> bool:
    try:
        return addresses.sender(source)[1] == addresses.sender(conf.from_email)[1]
    except AddressInvalid:
        return False


def _subtype(event: dict[str, Any]) -> object:
    match event:
        case {"bounce": {"bounceSubType": subtype}}:
            return subtype
    return None


@translate_storage_errors()
def record(report: Report) -> None:
    """Record a report in the log, and suppress the addresses of a hard bounce or a complaint. Raises Unavailable."""
    for address in filter(None, map(_canonical, report.recipients)):
        entry = entry_of_mail(address, report.message_id, report.sent_at)
        if entry is None and address not in report.sent_to:
            logger.warning("SES reports on a mail that this site did not send")
            continue
        if entry:
            _write(entry, report.state)
        if reason := REASONS.get(report.state):
            suppressions.suppress(address, reason, report.sent_at if report.held_back else None)


def _canonical(recipient: Any) -> str | None:
    """The canonical address of a recipient, who is an object or an address; None if it has none."""
    written = recipient.get("emailAddress") if isinstance(recipient, dict) else recipient
    try:
        return addresses.canonical(parseaddr(written)[1]) if isinstance(written, str) else None
    except AddressInvalid:
        return None  # the site never sends to such an address


def entry_of_mail(address: str, message_id: str, sent_at: datetime) -> LogEntry | None:
    """The log entry of a mail, by its address and time, in one Query; None if the site sent no such mail.

    An entry without a message id may be that of any mail: its response was lost, or an older version wrote it.
    A mail may be sent once more, so it may be as much later than its entry as a code is valid.
    """
    began, ended = sent_at - timedelta(seconds=conf.lifetime) - MARGIN, sent_at + MARGIN
    near = LogEntry.objects.filter(address=address, entry_id__gte=first_id(began), entry_id__lt=first_id(ended))
    mailed = [each for each in near.order_by("-entry_id") if each.outcome in (Outcome.SENT, Outcome.DELIVERY_UNKNOWN)]
    exact: Sequence[LogEntry] = [each for each in mailed if each.message_id == message_id]
    return next(iter(exact or [each for each in mailed if each.message_id is None]), None)


def _write(entry: LogEntry, state: Any) -> None:
    """Set the state of a mail, unless the entry has a graver one. Events may come in any order, and more than once."""
    graver = [*State][[*State].index(state) + 1 :]
    not_graver = Q(pk__isnull=False) & ~Q(delivery__in=graver) if graver else Q(pk__isnull=False)
    try:
        Update(LogEntry, entry.pk, {"delivery": state}, when=not_graver, repeatable=True).run()
    except ConditionFailed:
        return
