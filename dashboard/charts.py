"""The same four charts as the admin's analytics page.

Lines differ in dashes and point shapes as well as in colour.
"""

from functools import partial
from typing import Any

import altair as alt
import pandas as pd

# Contrast of at least 3 : 1 on light and dark pages, and distinguishable with colour blindness.
COLOURS = ["#1f83c4", "#d55e00", "#8a8a8a"]
DASHES = [[1, 0], [6, 3], [2, 2]]
SHAPES = ["circle", "square", "triangle-up"]
HEIGHT = 260


def of(frame: pd.DataFrame, ticks: str, titles: dict[str, str]) -> list[alt.LayerChart]:
    """The charts of a frame. `ticks` is the d3 format of the time axis; `titles` maps figure names to their titles."""
    draw = partial(lines, frame.rename(columns=titles), ticks)
    return [
        draw("Codes sent and sign-ins", titles["sends"], titles["sign_ins"]),
        draw("Codes that were used", titles["success_rate"], form=".0%", ends=[0, 1]),
        draw("What went wrong", titles["wrong_codes"], titles["lock_outs"], titles["failed_mails"]),
        draw("Seconds from code to sign-in", titles["median"], titles["p95"]),
    ]


def lines(
    frame: pd.DataFrame, ticks: str, title: str, *figures: str, form: str = ",d", ends: list[float] | None = None
) -> alt.LayerChart:
    """A line for each figure over time, with a gap where it has no value."""
    data = frame[list(figures)].reset_index().melt("start", var_name="figure", value_name="value")
    figure: dict[str, Any] = {"field": "figure", "type": "nominal", "sort": list(figures)}
    legend = alt.Legend(title=None, orient="bottom", labelLimit=300, symbolStrokeWidth=2) if len(figures) > 1 else None
    top = data["value"].max()
    scale = alt.Scale(domain=ends or [0, max(4, 0 if pd.isna(top) else top)], nice=True)
    base = alt.Chart(data, title=title, height=HEIGHT).encode(
        x=alt.X("start:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format=ticks, tickCount=6)),
        y=alt.Y("value:Q", title=None, scale=scale, axis=alt.Axis(format=form, tickCount=4)),
        color=alt.Color(**figure, scale=alt.Scale(domain=list(figures), range=COLOURS), legend=legend),
        tooltip=[
            alt.Tooltip("start:T", title="Start", format="%a %d %b, %H:%M", formatType="utc"),
            alt.Tooltip("figure:N", title="Figure"),
            alt.Tooltip("value:Q", title="Value", format=form),
        ],
    )
    dash = alt.StrokeDash(**figure, scale=alt.Scale(domain=list(figures), range=DASHES), legend=legend)
    shape = alt.Shape(**figure, scale=alt.Scale(domain=list(figures), range=SHAPES), legend=legend)
    return base.mark_line().encode(strokeDash=dash) + base.mark_point(filled=True, size=28).encode(shape=shape)
