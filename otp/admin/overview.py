"""The last hour on the admin's home page: is the sign-in broken, and since when?"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple
from urllib.parse import quote

from django.http import HttpRequest
from django.urls import reverse

from otp.outcomes import Outcome
from otp.stats.counts import FIGURES
from otp.stats.rollup import last_hour

from .analytics import CODES, Labels, Period, count, drawing, formatted, series, went_wrong
from .charts import Chart

LABELS = Labels("%H:%M", "%H:%M", lambda start: start.minute % 15 == 0)
SHOWN = ("sends", "sign_ins", "wrong_codes", "failed_mails", "median")
EVENTS = ("sends", "sign_ins", "wrong_codes", "lock_outs", "failed_mails")
FEW = 5  # codes: fewer are not enough to tell
MANY = 20  # wrong codes: fewer are not an attack


class Finding(NamedTuple):
    """What is wrong, as a sentence, and where to look."""

    sentence: str
    link: str
    url: str


def overview(request: HttpRequest) -> dict[str, Any]:
    """The template context of the last hour; empty for staff who may not read the log."""
    if not request.user.has_perm("otp.view_logentry"):
        return {}
    data = last_hour()
    before = data["yesterday"]
    return {
        "data": data,
        "since": datetime.fromisoformat(data["periods"][0]["start"]),
        "until": datetime.fromisoformat(data["until"]),
        "findings": [*findings(data["periods"], before["periods"], data["callers"])],
        "tiles": [
            (FIGURES[figure][0], formatted(figure, data["total"][figure]), formatted(figure, before["total"][figure]))
            for figure in SHOWN
        ],
        "charts": charts(data["periods"], before["periods"]),
    }


def findings(
    periods: list[Period], yesterday: list[Period], callers: Sequence[dict[str, Any]] = ()
) -> Iterator[Finding]:
    """What is wrong in these periods; the last one is still open. Empty if all looks normal.

    `callers`: the networks that failed most.
    """
    log = reverse("admin:otp_logentry_changelist")
    sends, sign_ins = (_sum(periods, figure) for figure in ("sends", "sign_ins"))
    unused, quiet = _last(periods, "sign_ins"), _last(periods, *EVENTS)
    expected = _sum(yesterday[len(periods) - len(quiet) : -1], "sends")
    if outage := _during(periods, "failed_mails"):
        failed, when = _sum(outage, "failed_mails"), _when(periods, outage, "None has failed since.")
        sentence = f"{failed} of {failed + _sum(outage, 'sends')} messages could not be sent {when}"
        yield Finding(sentence, "Why?", f"{log}?outcome={Outcome.DELIVERY_FAILED}")
    attack = _during(periods, "wrong_codes")
    wrong, meanwhile = _sum(attack, "wrong_codes"), _sum(attack, "sign_ins")
    if wrong >= MANY and wrong > meanwhile:
        when = _when(periods, attack, "There were none since.")
        sentence = f"Somebody may be guessing: {meanwhile} sign-ins, but {wrong} wrong codes {when}"
        yield Finding(sentence, "Who?", _culprit(callers, wrong, log))
    if expected >= FEW:
        sentence = f"Nothing has happened since {_time(quiet)}. In the same time yesterday, {expected} codes were sent."
        yield Finding(sentence, "Sign-in log", log)
    elif (sent := _sum(unused[:-1], "sends")) >= FEW:
        sentence = f"Nobody has signed in since {_time(unused)}, but {sent} codes were sent."
        yield Finding(sentence, "Sign-in log", log)
    elif sends >= FEW and sign_ins < sends / 2:
        yield Finding(f"Fewer than half of the codes were used: {sign_ins} of {sends}.", "Sign-in log", log)


def _sum(periods: list[Period], figure: str) -> int:
    return sum(period[figure] for period in periods)


def _last(periods: list[Period], *figures: str) -> list[Period]:
    """The latest periods in which none of these happened."""
    return [*takewhile(lambda period: not any(period[name] for name in figures), reversed(periods))][::-1]


def _culprit(callers: Sequence[dict[str, Any]], wrong: int, log: str) -> str:
    """The page of the network that most of the wrong codes came from, or if there is none the list of networks."""
    if callers and callers[0]["failures"] > wrong / 2:
        return f"{log}?network={quote(callers[0]['ip_hash'])}"
    return "#failures"


def _during(periods: list[Period], figure: str) -> list[Period]:
    """The periods from the first in which something happened to the last."""
    hit = [number for number, period in enumerate(periods) if period[figure]]
    return periods[hit[0] : hit[-1] + 1] if hit else []


def _when(periods: list[Period], span: list[Period], if_over: str) -> str:
    """When a span of these periods was: "since 14:15 UTC.", or from when to when. The last two periods are now."""
    after = periods[periods.index(span[-1]) + 1 :]
    if len(after) < 2:
        return f"since {_time(span)}."
    return f"from {_time(span)} to {_time(after)}. {if_over}"


def _time(periods: list[Period]) -> str:
    return f"{datetime.fromisoformat(periods[0]['start']):%H:%M} UTC"


def charts(periods: list[Period], yesterday: list[Period]) -> list[Chart]:
    draw = drawing(periods, LABELS)
    codes = (
        series(yesterday, "before", "sign_ins", "Sign-ins yesterday"),
        series(periods, "all", "sends"),
        series(periods, "part", "sign_ins"),
    )
    return [draw(CODES, *codes, words=count), went_wrong(periods, draw)]
