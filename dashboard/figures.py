"""The figures of the sign-in log: tiles, charts and a table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from . import charts, session
from .client import Answer, Problem, readable

RANGES = {"24h": "24 hours", "7d": "7 days", "30d": "30 days"}
TICKS = {"24h": "%H:%M", "7d": "%a %-d", "30d": "%-d %b"}
FIRST = "24h"


# Figures are written as in the admin, and a test compares the two. The dashboard is installed without the site's code.
def count(number: float | None) -> str:
    return f"{number:,.0f}"


def share(number: float | None) -> str:
    return "–" if number is None else f"{number:.0%}"


def time(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


FORMATS: dict[str, Callable[[float | None], str]] = {"count": count, "share": share, "seconds": time}
TILE = 165  # pixels wide: two fit side by side on a phone


@dataclass(frozen=True)
class Figure:
    """One figure, as the API describes it. `write` formats a value in the figure's unit."""

    name: str
    title: str
    write: Callable[[float | None], str]


def show() -> bool:
    """Draw the figures. Returns False, having drawn nothing, if the user isn't staff. Raises SignedOut."""
    problem = None
    try:
        data = session.read("/staff/figures", range=st.session_state.get("range", FIRST))
    except Problem as refusal:
        if refusal.code == "staff_only":
            return False
        problem = refusal
    st.radio("The last", list(RANGES), format_func=RANGES.get, key="range", horizontal=True)
    try:
        if problem:
            raise problem
        draw(data)
    except Problem as refusal:
        st.error(str(refusal))
    return True


def draw(data: Answer) -> None:
    """Draw a response of the API. Raises Problem before drawing anything if it isn't as expected."""
    with readable():
        figures = [Figure(name, each["title"], FORMATS[each["unit"]]) for name, each in data["figures"].items()]
        tiles = [(each.title, each.write(data["total"][each.name])) for each in figures]
        frame = table(data["periods"], figures)
        failures = {"address": ranking(data["addresses"]), "network": ranking(data["callers"])}
        complete, unit = bool(data["complete"]), str(data["unit"])
    if not complete:
        st.info("Not everything has been counted yet, so the figures are too low. Reload to continue counting.")
    with st.container(horizontal=True):
        for title, value in tiles:
            st.metric(title, value, width=TILE)
    st.text(f"Each {unit} in UTC")
    first, second, third, fourth = charts.of(
        frame, TICKS[st.session_state.range], {each.name: each.title for each in figures}
    )
    for pair in ((first, second), (third, fourth)):
        for place, chart in zip(st.columns(2), pair, strict=True):
            place.altair_chart(chart, width="stretch")
    with st.expander("The same as a table"):
        st.table(written(frame, figures))
    for place, (kind, ranked) in zip(st.columns(2), failures.items(), strict=True):
        place.write(f"**Who failed most, by {kind}**")
        if ranked.empty:
            place.write("Nobody.")
        else:
            place.table(ranked, hide_index=True)


def table(periods: list[Answer], figures: list[Figure]) -> pd.DataFrame:
    """A frame with a row for each hour or day and a column of numbers for each figure, by its name."""
    names = [each.name for each in figures]
    frame = pd.DataFrame([[period["start"], *(period[name] for name in names)] for period in periods])
    frame.columns = ["start", *names]
    frame["start"] = pd.to_datetime(frame["start"], utc=True)
    return frame.set_index("start").astype(float)


def written(frame: pd.DataFrame, figures: list[Figure]) -> pd.DataFrame:
    """The table to display: formatted values, newest first."""
    columns = {each.title: [each.write(none(value)) for value in frame[each.name]] for each in figures}
    index = pd.Index(frame.index.strftime("%a %d %b %Y, %H:%M"), name="Start")
    return pd.DataFrame(columns, index=index).iloc[::-1]


def none(value: float) -> float | None:
    return None if pd.isna(value) else value


def ranking(rows: list[Answer]) -> pd.DataFrame:
    """The table of the most failures. The hashes of networks are shortened, but still distinct."""
    ranked: list[dict[str, Any]] = [
        {"Who": row.get("address") or row["ip_hash"][:8], "Failures": int(row["failures"])} for row in rows
    ]
    return pd.DataFrame(ranked)
