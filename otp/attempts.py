"""The log of attempts: one item for each send and each try."""

from datetime import datetime, timedelta

from .callers import Caller
from .channels import channel_name
from .conf import conf
from .flows import Flow
from .models import Attempt, new_id


def entry(outcome: str, *, address: str, flow: Flow, caller: Caller, now: datetime) -> Attempt:
    """A log entry, not yet written. `outcome` is the machine word of the answer."""
    return Attempt(
        id=new_id(now),
        address=address,
        outcome=outcome,
        channel=channel_name(address),
        flow=flow.kind,
        ip_hash=caller.ip_hash,
        user_agent=caller.user_agent,
        created_at=now,
        expires_at=now + timedelta(days=conf.log_days),
    )
