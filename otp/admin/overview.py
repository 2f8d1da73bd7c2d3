"""The last hour on the admin's home page: is the sign-in broken, and since when?"""

from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple

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
        "findings": [*findings(data["periods"], before["periods"])],
        "tiles": [
            (FIGURES[figure][0], formatted(figure, data["total"][figure]), formatted(figure, before["total"][figure]))
            for figure in SHOWN
        ],
        "charts": charts(data["periods"], before["periods"]),
    }


def findings(periods: list[Period], yesterday: list[Period]) -> Iterator[Finding]:
    """What is wrong in these periods; the last one is still open. Empty if all looks normal."""
    log = reverse("admin:otp_logentry_changelist")
    sends, sign_ins, failed = (_sum(periods, figure) for figure in ("sends", "sign_ins", "failed_mails"))
    unused, quiet = _last(periods, "sign_ins"), _last(periods, *EVENTS)
    expected = _sum(yesterday[len(periods) - len(quiet) : -1], "sends")
    if failed:
        sentence = f"{failed} of {sends + failed} messages could not be sent {_when(periods, 'failed_mails')}."
        yield Finding(sentence, "Why?", f"{log}?outcome={Outcome.DELIVERY_FAILED}")
    if (wrong := _sum(periods, "wrong_codes")) >= MANY and wrong > sign_ins:
        when = _when(periods, "wrong_codes")
        sentence = f"{wrong} wrong codes {when}, but {sign_ins} sign-ins: somebody may be guessing."
        yield Finding(sentence, "Who?", "#failures")
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


def _when(periods: list[Period], figure: str) -> str:
    """Since when something has happened, or from when to when: "since 14:15 UTC". The last two periods are now."""
    hit = [number for number, period in enumerate(periods) if period[figure]]
    since = _time(periods[hit[0] :])
    if hit[-1] >= len(periods) - 2:
        return f"since {since}"
    return f"from {since} to {_time(periods[hit[-1] + 1 :])}"


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
