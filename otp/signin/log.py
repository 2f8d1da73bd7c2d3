"""The log of attempts: one item for each send and each try, until one IP address makes too many of them."""

import logging
from datetime import datetime, timedelta

from django.db.utils import OperationalError

from otp.conf import conf
from otp.delivery.channels import channel_name
from otp.dynamo.client import ConditionFailed, TransactionConflict, TransactionRefused
from otp.dynamo.expressions import Add
from otp.dynamo.operations import Put, Update, transact
from otp.models import Attempt, Counter, new_id
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
    request: str = "",
) -> Attempt:
    """A log entry, not yet written."""
    return Attempt(
        entry_id=new_id(now, request),
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


def write(ended: Attempt) -> None:
    """Log how a send ended, once it has. When that fails the person isn't kept waiting, and operators read of it."""
    try:
        Put(ended).run()
    except OperationalError:
        logger.error("The log of attempts lacks the entry %s: %s", ended.entry_id, ended.outcome)


def write_refusal(refused: Attempt, caller: Caller) -> None:
    """Log what was refused, in one transaction with its count; beyond OTP_LOG_ENTRIES_PER_IP count it only.

    Where requests of one IP address fight for its counter, count and entry are written one after the other.
    """
    if caller.trusted:
        Put(refused).run()
        return
    quota = quotas.of_log(caller, refused.created_at)
    count = quota.count()
    try:
        try:
            transact(Put(refused), count)
        except TransactionConflict:
            count.run()
            Put(refused).run()
    except (TransactionRefused, ConditionFailed):
        changes = {"count": Add(1), "expires_at": refused.expires_at}
        Update(Counter, quota.beyond, changes, repeatable=True).run()  # one too many counted does no harm
