"""Quotas beside the budget of an address: the sends of one network, and SMS, which cost money.

Counters are read together with the budget and written in the send's transaction, on condition that they are below their
limit. So they cost no request of their own, and parallel sends can't exceed them.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from otp.clock import DAY, HOUR, period_start, seconds
from otp.conf import conf
from otp.delivery.channels import channel_name
from otp.dynamo.expressions import Add
from otp.dynamo.operations import Update
from otp.exceptions import CallerLimited, SMSLimited, TooManySends
from otp.models import Counter

from .callers import Caller

BLOCK_DIGITS = 4  # that a prefix leaves out: operators assign numbers in blocks of ten thousand


@dataclass(frozen=True)
class Quota:
    """At most `limit` sends under a key in a clock hour or day (UTC). More raise `refusal`."""

    key: str
    limit: int
    ends: datetime
    refusal: type[TooManySends]
    amount: int = 1  # that one send adds to the count

    @classmethod
    def within(cls, period: int, now: datetime, key: str, limit: int, refusal: type[TooManySends]) -> "Quota":
        start = period_start(now, period)
        return cls(f"{key} {start:%Y-%m-%dT%H}", limit, start + seconds(period), refusal)

    @property
    def beyond(self) -> str:
        """The key of the counter of refused requests."""
        return f"beyond {self.key}"

    def increment(self) -> Update:
        """The write that counts one send, if the limit isn't reached."""
        changes = {"count": Add(self.amount), "expires_at": self.ends + seconds(HOUR)}
        # Repeatable: after a lost response, one send counted twice is better than a failed request.
        below = Q(count__isnull=True) | Q(count__lt=self.limit)
        return Update(Counter, self.key, changes, when=below, repeatable=True)

    def used_up(self, now: datetime) -> TooManySends:
        """The error, with the seconds to wait."""
        return self.refusal(retry_after=int((self.ends - now).total_seconds()) + 1)


def of_send(address: str, caller: Caller, now: datetime) -> list[Quota]:
    """The quotas that a send to this address by this caller counts against."""
    quotas = [] if caller.trusted else [Quota.within(HOUR, now, caller.ip_hash, conf.sends_per_ip, CallerLimited)]
    if channel_name(address) == "sms":
        from otp.delivery.sms import segments_of_message  # imports a part of AWS's SDK

        amount = segments_of_message(lifetime=conf.lifetime)
        day = Quota.within(DAY, now, "sms", conf.sms_per_day - amount + 1, SMSLimited)
        quotas += [
            Quota.within(DAY, now, f"sms {address}", conf.sms_per_number_day, SMSLimited),
            Quota.within(DAY, now, f"sms {address[:-BLOCK_DIGITS]}*", conf.sms_per_prefix_day, SMSLimited),
            replace(day, amount=amount),
        ]
    return quotas


def of_log(caller: Caller, now: datetime) -> Quota:
    """How many refusals of one network are logged."""
    return Quota.within(HOUR, now, f"log {caller.ip_hash}", conf.log_entries_per_ip, CallerLimited)
