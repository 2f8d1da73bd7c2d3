"""An hour in which much goes wrong, made up for demonstrations: an outage of SES, an attack, and a bounce."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from otp.models import LogEntry, Suppression
from otp.outcomes import Outcome
from otp.signin.callers import Caller
from otp.signin.flows import Flow

from .demo import AGENTS, FIRST_NAMES, LAST_NAMES, SCRIPT, entry_of

MINUTES = 60
OUTAGE = range(35, 55)  # minutes of the hour in which SES refuses mail
ERROR = "SendingPausedException"
ATTACK = range(5, 35)  # minutes in which two addresses each are attacked
ATTACKER = Caller("203.0.113.66", SCRIPT)
RETURNED = "radia.perlman@example.org"  # its mail came back
PEOPLE = [f"{first}.{last}@example.com" for first in FIRST_NAMES for last in LAST_NAMES]


def incidents(now: datetime) -> list[LogEntry | Suppression]:
    """The items of the hour before `now`, and the entries of the same hour of yesterday, which was a normal one."""
    start, page = now - timedelta(minutes=MINUTES), Flow("page", "demo")
    return [
        *_people(start - timedelta(days=1), page, range(0)),
        *_people(start, page, OUTAGE),
        *_attack(start),
        *_bounce(start, page),
    ]


def _people(start: datetime, flow: Flow, outage: range) -> Iterator[LogEntry]:
    """Two people a minute request a code. Each signs in with it half a minute later, unless it couldn't be sent."""
    for number in range(2 * MINUTES - 2):
        began = start + timedelta(seconds=30 * number)
        address, caller = PEOPLE[number % len(PEOPLE)], Caller(f"198.51.100.{number % 250}", AGENTS[number % 3])
        if number // 2 in outage:
            failed = entry_of(Outcome.DELIVERY_FAILED, address, flow, caller, began)
            failed.error = ERROR
            yield failed
        else:
            yield entry_of(Outcome.SENT, address, flow, caller, began)
            yield entry_of(Outcome.SIGNED_IN, address, flow, caller, began + timedelta(seconds=28), 28)


def _attack(start: datetime) -> Iterator[LogEntry]:
    """One network requests codes for many addresses, and guesses each until it is locked."""
    steps = [Outcome.SENT, *[Outcome.WRONG_CODE] * 5, Outcome.LOCKED_OUT]
    for number in range(2 * len(ATTACK)):
        began = start + timedelta(minutes=ATTACK.start, seconds=30 * number)
        for second, outcome in enumerate(steps):
            when = began + timedelta(seconds=second)
            yield entry_of(outcome, PEOPLE[-1 - number], Flow("api"), ATTACKER, when)


def _bounce(start: datetime, flow: Flow) -> Iterator[LogEntry | Suppression]:
    """A mail comes back. After that, the person requests codes twice, and gets none."""
    caller = Caller("198.51.100.251", AGENTS[0])
    mailed = entry_of(Outcome.SENT, RETURNED, flow, caller, start)
    mailed.delivery = LogEntry.Delivery.BOUNCED
    yield mailed
    yield Suppression(address=RETURNED, reason=Suppression.Reason.BOUNCE, created_at=start + timedelta(seconds=9))
    for minute in (20, 58):
        yield entry_of(Outcome.SUPPRESSED, RETURNED, flow, caller, start + timedelta(minutes=minute))
