"""Made-up log entries for demonstrations: a daily rhythm, unfinished sign-ins, failed mails, and attacks."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from otp.clock import DAY, period_start, seconds
from otp.models import LogEntry
from otp.outcomes import Outcome
from otp.signin import log
from otp.signin.callers import Caller
from otp.signin.flows import Flow

BY_HOUR = [1, 1, 1, 1, 1, 2, 5, 12, 20, 22, 19, 16, 12, 15, 18, 17, 15, 13, 10, 9, 8, 6, 4, 2]  # weights
WEEKEND = 0.45  # of a weekday's entries
ATTACKED_DAYS = 0.2  # the share of days with an attack
FIRST_NAMES = ["ada", "alan", "barbara", "donald", "edsger", "frances", "grace", "hedy", "jean", "katherine", "radia"]
LAST_NAMES = ["allen", "backus", "bartik", "clarke", "easley", "goldberg", "hamilton", "hopper", "keller", "lamarr"]
ATTACKED = ["accounts@example.com", "director@example.com", "grace.hopper@example.com"]
AGENTS = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
]
SCRIPT = "python-requests/2.32"

Step = tuple[int, Outcome]  # seconds since the first step, outcome


def entries(now: datetime, *, days: int, per_day: int) -> list[LogEntry]:
    """The entries of the `days` days until now, about `per_day` on a weekday. Equal arguments give equal entries."""
    random = Random(days)  # noqa: S311 - nothing here is secret
    made: list[LogEntry] = []
    for back in range(days):
        made += _day(random, period_start(now, DAY) - seconds(back * DAY), per_day)
    return [entry for entry in made if entry.created_at <= now]


def _day(random: Random, day: datetime, size: int) -> list[LogEntry]:
    if day.weekday() >= 5:
        size = int(size * WEEKEND)
    attacks = [_attack(random, day)] if random.random() < ATTACKED_DAYS else []
    made = [entry for attack in attacks for entry in attack][: size // 3]
    while len(made) < size:
        made += _person(random, day)
    return made[:size]


def _person(random: Random, day: datetime) -> Iterator[LogEntry]:
    """The entries of one person who signs in."""
    hour = random.choices(range(24), BY_HOUR)[0]
    began = day + timedelta(hours=hour, seconds=random.randrange(3600))
    address = f"{random.choice(FIRST_NAMES)}.{random.choice(LAST_NAMES)}@example.com"
    flow = Flow("api") if random.random() < 0.2 else Flow("page", "demo")
    agent = SCRIPT if flow.kind == "api" else random.choice(AGENTS)
    caller = Caller(f"198.51.100.{random.randrange(256)}", agent)
    sent = 0
    for after, outcome in _steps(random):
        sent = after if outcome == Outcome.SENT else sent
        yield entry_of(outcome, address, flow, caller, began + timedelta(seconds=after), after - sent)


def _steps(random: Random) -> list[Step]:
    took = min(int(random.lognormvariate(3.2, 0.8)) + 4, 860)  # seconds; the median is 28
    weighted: list[tuple[float, list[Step]]] = [
        (78, [(0, Outcome.SENT), (took, Outcome.SIGNED_IN)]),
        (9, [(0, Outcome.SENT), (took // 2, Outcome.WRONG_CODE), (took, Outcome.SIGNED_IN)]),
        (5, [(0, Outcome.SENT)]),
        (3, [(0, Outcome.SENT), (30, Outcome.COOLDOWN), (took + 30, Outcome.SIGNED_IN)]),
        (2, [(0, Outcome.SENT), (1000, Outcome.EXPIRED), (1010, Outcome.SENT), (1010 + took, Outcome.SIGNED_IN)]),
        (3, [(0, Outcome.DELIVERY_FAILED)]),
    ]
    weights, steps = zip(*weighted, strict=True)
    return random.choices(steps, weights)[0]


def _attack(random: Random, day: datetime) -> Iterator[LogEntry]:
    """An attacker guesses the codes of one address for an hour or two, from a few IP addresses."""
    address = random.choice(ATTACKED)
    began = day + timedelta(hours=random.randrange(24), seconds=random.randrange(3600))
    for _ in range(random.randrange(5, 12)):
        caller = Caller(f"203.0.113.{random.randrange(4)}", SCRIPT)
        for number, outcome in enumerate(
            [Outcome.SENT, *[Outcome.WRONG_CODE] * 5, Outcome.LOCKED_OUT, Outcome.ATTEMPTS_USED_UP, Outcome.COOLDOWN]
        ):
            yield entry_of(outcome, address, Flow("api"), caller, began + timedelta(seconds=2 * number))
        began += timedelta(minutes=random.randrange(4, 20))


def entry_of(outcome: Outcome, address: str, flow: Flow, caller: Caller, when: datetime, took: int = 0) -> LogEntry:
    entry = log.entry(outcome, address=address, flow=flow, caller=caller, now=when)
    entry.took = took if outcome == Outcome.SIGNED_IN else None
    return entry
