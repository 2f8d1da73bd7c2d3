"""The analytics page: charts and tables of the figures, and the same figures as CSV. For staff who may read the log."""

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

from otp.pages.texts import client_names
from otp.stats.counts import FIGURES
from otp.stats.rollup import DEFAULT_RANGE, RANGES, stats

from .charts import SHARES, TIMES, Chart, Series, chart

CODES = "Codes sent and sign-ins"

Period = dict[str, Any]  # its `start`, and its FIGURES


def count(number: float | None) -> str:
    return f"{number:,.0f}"


def share(number: float | None) -> str:
    return "–" if number is None else f"{number:.0%}"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


@dataclass(frozen=True)
class Labels:
    """The labels of a range's hours or days, as formats of strftime, and which of them the axis shows."""

    name: str
    tick: str
    has_tick: Callable[[datetime], bool]


LABELS = {
    "24h": Labels("%a %-d %b, %H:00", "%H:00", lambda start: start.hour % 6 == 0),
    "7d": Labels("%a %-d %b, %H:00", "%a", lambda start: start.hour == 0),
    "30d": Labels("%a %-d %b", "%-d %b", lambda start: start.weekday() == 0),
}

FORMATS: dict[str, Callable[[float | None], str]] = {"count": count, "share": share, "seconds": duration}


def formatted(figure: str, value: float | None) -> str:
    """The value of one of the FIGURES, with its unit."""
    return FORMATS[FIGURES[figure][1]](value)


def analytics(request: HttpRequest, site: AdminSite) -> HttpResponse:
    data = figures(request)
    periods, labels = data["periods"], LABELS[data["range"]]
    context = {
        **site.each_context(request),
        "title": "Analytics",
        "ranges": RANGES,
        "data": data,
        "until": datetime.fromisoformat(data["until"]),
        "tiles": [(title, formatted(figure, data["total"][figure])) for figure, (title, _) in FIGURES.items()],
        "clients": [
            (client_names().get(each["client"], each["client"]), each["client"], each["sign_ins"])
            for each in data["clients"]
        ],
        "charts": charts(periods, labels),
        "heads": [title for title, _ in FIGURES.values()],
        "rows": [
            (name, [formatted(figure, period[figure]) for figure in FIGURES])
            for name, period in zip(names(periods, labels), periods, strict=True)
        ][::-1],
    }
    return TemplateResponse(request, "admin/analytics.html", context)


def csv_file(request: HttpRequest) -> HttpResponse:
    """The figures as CSV: shares from 0 to 1, times in seconds."""
    data = figures(request)
    name = f"analytics-{data['range']}.csv"
    response = HttpResponse(content_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    writer = csv.DictWriter(response, ["start", *FIGURES])
    writer.writeheader()
    writer.writerows(data["periods"])
    return response


def figures(request: HttpRequest) -> dict[str, Any]:
    """The figures of the requested range. Raises PermissionDenied, or Http404 for an unknown range."""
    if not request.user.has_perm("otp.view_logentry"):
        raise PermissionDenied
    wanted = request.GET.get("range", DEFAULT_RANGE)
    if wanted not in RANGES:
        raise Http404
    return stats(wanted)


def charts(periods: list[Period], labels: Labels) -> list[Chart]:
    """The four charts of the page."""
    draw = drawing(periods, labels)
    rate = series(periods, "part", "success_rate", "Codes that were used")
    times = series(periods, "all", "p95", "95th percentile"), series(periods, "part", "median", "Median")
    return [
        draw(CODES, series(periods, "all", "sends"), series(periods, "part", "sign_ins"), words=count),
        draw("Success rate", rate, words=share, scale=SHARES),
        went_wrong(periods, draw),
        draw("Time from code to sign-in", *times, words=duration, scale=TIMES),
    ]


def drawing(periods: list[Period], labels: Labels) -> Callable[..., Chart]:
    """How the charts of these periods are drawn: `chart`, which knows their names."""
    return partial(chart, names=names(periods, labels), ticks=ticks(periods, labels))


def series(periods: list[Period], kind: str, figure: str, title: str = "") -> Series:
    return Series(kind, title or FIGURES[figure][0], [period[figure] for period in periods])


def went_wrong(periods: list[Period], draw: Callable[..., Chart]) -> Chart:
    """The bars are stacked, so the wrong codes that locked are in a part of their own."""
    others = [period["wrong_codes"] - period["lock_outs"] for period in periods]
    shown = (
        Series("wrong", "Other wrong codes", others),
        series(periods, "locked", "lock_outs"),
        series(periods, "failed", "failed_mails"),
    )
    return draw("What went wrong", *shown, words=count, stacked=True)


def names(periods: list[Period], labels: Labels) -> list[str]:
    return [f"{_start(period):{labels.name}}" for period in periods]


def ticks(periods: list[Period], labels: Labels) -> list[str]:
    return [f"{start:{labels.tick}}" if labels.has_tick(start) else "" for start in map(_start, periods)]


def _start(period: Period) -> datetime:
    return datetime.fromisoformat(period["start"])
