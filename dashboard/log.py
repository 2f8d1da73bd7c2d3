"""The sign-in log: newest first, by outcome and address, page after page."""

import pandas as pd
import streamlit as st

from . import session
from .client import Answer, Problem, understood
from .export import safe_csv

ALL = ""
COLUMNS = {
    "created_at": "Time (UTC)",
    "outcome": "Outcome",
    "address": "Address",
    "channel": "Channel",
    "flow": "Flow",
    "network": "Network",
}


def show() -> None:
    """Draw the page of the list that is asked for. Raises SignedOut."""
    st.subheader("Sign-in log")
    outcomes = st.session_state.get("outcomes", {})
    by_outcome, by_address = st.columns(2)
    place = by_outcome.empty()
    address = by_address.text_input("Address", key="of", on_change=first, placeholder="All")
    wanted = {"outcome": st.session_state.get("outcome", ALL), "address": address.strip()}
    problem = None
    try:
        found = session.read("/staff/log", **wanted, cursor=cursors()[-1])
        with understood():
            st.session_state.outcomes = outcomes = {str(word): str(words) for word, words in found["outcomes"].items()}
            frame, following = table(found["entries"], outcomes), found["next"]
    except Problem as refusal:
        problem = refusal
    place.selectbox(
        "Outcome",
        [ALL, *outcomes],
        format_func=lambda word: outcomes.get(word, "All"),
        key="outcome",
        on_change=first,
    )
    if problem:
        st.error(str(problem))
    else:
        draw(frame, following)


def draw(frame: pd.DataFrame, following: str | None) -> None:
    if frame.empty:
        st.write("None here; older ones may follow." if following else "None.")
    else:
        # A real table: Streamlit's data frames are drawn, which a screen reader can't read, and export raw CSV.
        st.table(frame, hide_index=True)
        st.download_button("Download this page as CSV", safe_csv(frame), "log.csv", "text/csv", on_click="ignore")
    newer, older, _ = st.columns([1, 1, 3])
    newer.button("Newer", on_click=back, disabled=len(cursors()) == 1, width="stretch")
    older.button("Older", on_click=cursors().append, args=(following,), disabled=not following, width="stretch")


def table(entries: list[Answer], outcomes: dict[str, str]) -> pd.DataFrame:
    rows = [{title: entry[name] for name, title in COLUMNS.items()} for entry in entries]
    for row in rows:
        row["Time (UTC)"] = f"{pd.Timestamp(row['Time (UTC)']):%Y-%m-%d %H:%M:%S}"
        row["Outcome"] = outcomes.get(row["Outcome"], row["Outcome"])
    return pd.DataFrame(rows, dtype=str)


# -- where in the list -----------------------------------------------------------------------------


def cursors() -> list[str | None]:
    """The way here: a cursor for each page, None for the first."""
    return st.session_state.setdefault("cursors", [None])


def back() -> None:
    cursors().pop()


def first() -> None:
    """To the beginning: cursors of one list are none of another."""
    del cursors()[1:]
