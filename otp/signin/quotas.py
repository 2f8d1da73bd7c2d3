"""What is counted beside an address's own budget: the sends of one network, and all that costs money.

A counter is read with the rest, and counted in the send's own transaction on condition that it has room: no request
more, and of parallel sends none is too many.
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

BLOCK = 4  # a prefix is a number without its last digits: operators hand numbers out by the ten thousand


@dataclass(frozen=True)
class Quota:
    """At most `limit` sends under a key, until the hour or day of the clock (UTC) ends; then `refusal`."""

    key: str
    limit: int
    ends: datetime
    refusal: type[TooManySends]
    amount: int = 1  # what one send counts as

    @classmethod
    def within(cls, period: int, now: datetime, key: str, limit: int, refusal: type[TooManySends]) -> "Quota":
        start = period_start(now, period)
        return cls(f"{key} {start:%Y-%m-%dT%H}", limit, start + seconds(period), refusal)

    @property
    def beyond(self) -> str:
        """The key of a counter for what was refused."""
        return f"beyond {self.key}"

    def count(self) -> Update:
        """The write that counts one send, and refuses one too many."""
        changes = {"count": Add(self.amount), "expires_at": self.ends + seconds(HOUR)}
        # Of a lost answer, one too many counted is better than nothing done.
        below = Q(count__isnull=True) | Q(count__lt=self.limit)
        return Update(Counter, self.key, changes, when=below, repeatable=True)

    def used_up(self, now: datetime) -> TooManySends:
        """The refusal, with the seconds to wait."""
        return self.refusal(retry_after=int((self.ends - now).total_seconds()) + 1)


def of_send(address: str, caller: Caller, now: datetime) -> list[Quota]:
    """Every quota that one more code for this address, asked for by this caller, counts against."""
    quotas = [] if caller.trusted else [Quota.within(HOUR, now, caller.ip_hash, conf.sends_per_ip, CallerLimited)]
    if channel_name(address) == "sms":
        from otp.delivery.sms import segments_of_message  # brings a part of AWS's SDK

        amount = segments_of_message(lifetime=conf.lifetime)
        day = Quota.within(DAY, now, "sms", conf.sms_per_day - amount + 1, SMSLimited)
        quotas += [
            Quota.within(DAY, now, f"sms {address}", conf.sms_per_number_day, SMSLimited),
            Quota.within(DAY, now, f"sms {address[:-BLOCK]}*", conf.sms_per_prefix_day, SMSLimited),
            replace(day, amount=amount),
        ]
    return quotas


def of_log(caller: Caller, now: datetime) -> Quota:
    """What the log takes of one network's refusals."""
    return Quota.within(HOUR, now, f"log {caller.ip_hash}", conf.log_entries_per_ip, CallerLimited)
