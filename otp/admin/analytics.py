"""The log in figures, for whoever may read the log: a page of charts and tables, and the same as CSV."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from otp.stats.counts import FIGURES
from otp.stats.rollup import RANGES, stats

from .charts import SHARES, TIMES, Chart, Series, chart

FIRST = "24h"
CODES = "Codes sent and sign-ins"

Period = dict[str, Any]  # its `start`, and its FIGURES


def count(number: float | None) -> str:
    return f"{number:,.0f}"


def share(number: float | None) -> str:
    return "–" if number is None else f"{number:.0%}"


def time(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


@dataclass(frozen=True)
class Style:
    """How a range names its hours or days, and which have a mark below the charts."""

    name: str
    tick: str
    has_tick: Callable[[datetime], bool]


STYLES = {
    "24h": Style("%a %-d %b, %H:00", "%H:00", lambda start: start.hour % 6 == 0),
    "7d": Style("%a %-d %b, %H:00", "%a", lambda start: start.hour == 0),
    "30d": Style("%a %-d %b", "%-d %b", lambda start: start.weekday() == 0),
}

WRITERS: dict[str, Callable[[float | None], str]] = {"count": count, "share": share, "seconds": time}


def written(figure: str, value: float | None) -> str:
    """The value of one of the FIGURES, in its unit."""
    return WRITERS[FIGURES[figure][1]](value)


def page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    found = figures(request)
    periods, style = found["periods"], STYLES[found["range"]]
    context = {
        **site.each_context(request),
        "title": "Analytics",
        "ranges": RANGES,
        "found": found,
        "until": datetime.fromisoformat(found["until"]),
        "tiles": [(title, written(figure, found["total"][figure])) for figure, (title, _) in FIGURES.items()],
        "charts": charts(periods, style),
        "heads": [title for title, _ in FIGURES.values()],
        "rows": [
            (name, [written(figure, period[figure]) for figure in FIGURES])
            for name, period in zip(names(periods, style), periods, strict=True)
        ][::-1],
    }
    return TemplateResponse(request, "admin/analytics.html", context)


def table(request: HttpRequest) -> HttpResponse:
    """The figures as they are: rates from 0 to 1, times in seconds."""
    found = figures(request)
    name = f"analytics-{found['range']}.csv"
    response = HttpResponse(content_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    writer = csv.DictWriter(response, ["start", *FIGURES])
    writer.writeheader()
    writer.writerows(found["periods"])
    return response


def figures(request: HttpRequest) -> dict[str, Any]:
    """The figures of the range that is asked for. Raises PermissionDenied, or Http404 for an unknown range."""
    if not request.user.has_perm("otp.view_attempt"):
        raise PermissionDenied
    wanted = request.GET.get("range", FIRST)
    if wanted not in RANGES:
        raise Http404
    return stats(wanted)


def charts(periods: list[Period], style: Style) -> list[Chart]:
    """Four charts, each of which answers a question of its own."""
    draw = drawing(periods, style)
    rate = series(periods, "part", "success_rate", "Codes that were used")
    times = series(periods, "all", "p95", "95th percentile"), series(periods, "part", "median", "Median")
    return [
        draw(CODES, series(periods, "all", "sends"), series(periods, "part", "sign_ins"), words=count),
        draw("Success rate", rate, words=share, scale=SHARES),
        went_wrong(periods, draw),
        draw("Time from code to sign-in", *times, words=time, scale=TIMES),
    ]


def drawing(periods: list[Period], style: Style) -> Callable[..., Chart]:
    """How the charts of these periods are drawn: `chart`, which knows their names."""
    return partial(chart, names=names(periods, style), ticks=ticks(periods, style))


def series(periods: list[Period], kind: str, figure: str, title: str = "") -> Series:
    return Series(kind, title or FIGURES[figure][0], [period[figure] for period in periods])


def went_wrong(periods: list[Period], draw: Callable[..., Chart]) -> Chart:
    kinds = {"wrong": "wrong_tries", "locked": "lock_outs", "failed": "failed_mails"}
    shown = (series(periods, kind, figure) for kind, figure in kinds.items())
    return draw("What went wrong", *shown, words=count, stacked=True)


def names(periods: list[Period], style: Style) -> list[str]:
    return [f"{_start(period):{style.name}}" for period in periods]


def ticks(periods: list[Period], style: Style) -> list[str]:
    return [f"{start:{style.tick}}" if style.has_tick(start) else "" for start in map(_start, periods)]


def _start(period: Period) -> datetime:
    return datetime.fromisoformat(period["start"])
