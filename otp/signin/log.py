"""The sign-in log: one entry for each send and each attempt, up to a limit for each IP address."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.utils import OperationalError

from otp.conf import conf
from otp.delivery.channels import channel_name
from otp.dynamo.client import ConditionFailed, TransactionConflict, TransactionRefused
from otp.dynamo.expressions import Add
from otp.dynamo.operations import Put, Update, transact
from otp.exceptions import OTPError
from otp.models import Counter, LogEntry, new_id
from otp.outcomes import Outcome

from . import quotas
from .callers import Caller
from .flows import Flow

logger = logging.getLogger(__name__)


def entry(
    outcome: Outcome,
    *,
    address: str,
    flow: Flow,
    caller: Caller,
    now: datetime,
    account: str | None = None,
    request_key: str = "",
) -> LogEntry:
    """A log entry, not yet written."""
    return LogEntry(
        entry_id=new_id(now, request_key),
        address=address,
        account=account,
        outcome=outcome,
        channel=channel_name(address),
        flow=flow.kind,
        ip_hash=caller.ip_hash,
        ip_prefix=caller.ip_prefix,
        user_agent=caller.user_agent,
        created_at=now,
        expires_at=now + timedelta(days=conf.log_days),
    )


def write(sent: LogEntry) -> None:
    """Write the entry of a send. If that fails, the request still succeeds, and an error is logged."""
    try:
        Put(sent).run()
    except OperationalError:
        logger.error("The sign-in log lacks the entry %s: %s", sent.entry_id, sent.outcome)


@contextmanager
def refusals(entry: LogEntry, caller: Caller) -> Iterator[None]:
    """Log a refusal of an attempt that is made in this block, with its reason. A repeated request adds no entry."""
    try:
        yield
    except OTPError as refusal:
        if refusal.outcome is not None:
            entry.outcome = refusal.outcome or refusal.code
            write_refusal(entry, caller)
        raise


def write_refusal(refused: LogEntry, caller: Caller) -> None:
    """Log a refusal and count it, in one transaction. Beyond OTP_LOG_ENTRIES_PER_IP it is only counted.

    If parallel requests of one IP address conflict at its counter, entry and count are written one after the other.
    """
    if caller.trusted:
        Put(refused).run()
        return
    quota = quotas.of_log(caller, refused.created_at)
    count = quota.increment()
    try:
        try:
            transact(Put(refused), count)
        except TransactionConflict:
            count.run()
            Put(refused).run()
    except (TransactionRefused, ConditionFailed):
        changes = {"count": Add(1), "expires_at": refused.expires_at}
        Update(Counter, quota.beyond, changes, repeatable=True).run()  # counting one twice does no harm
