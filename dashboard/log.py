"""The sign-in log: newest first, filtered by outcome and address, one page at a time."""

import pandas as pd
import streamlit as st

from . import session
from .client import Answer, Problem, readable
from .export import safe_csv

ALL = ""
COLUMNS = {
    "created_at": "Time (UTC)",
    "outcome": "Outcome",
    "address": "Address",
    "channel": "Channel",
    "flow": "Flow",
    "network": "Network",
    "delivery": "Mail",
}


def show() -> None:
    """Draw the current page of the list. Raises SignedOut."""
    st.subheader("Sign-in log")
    outcomes = st.session_state.get("outcomes", {})
    by_outcome, by_address = st.columns(2)
    place = by_outcome.empty()
    address = by_address.text_input("Address", key="of", on_change=first, placeholder="All")
    wanted = {"outcome": st.session_state.get("outcome", ALL), "address": address.strip()}
    problem = None
    try:
        data = session.read("/staff/log", **wanted, cursor=cursors()[-1])
        with readable():
            st.session_state.outcomes = outcomes = {str(word): str(words) for word, words in data["outcomes"].items()}
            frame, following = table(data["entries"], outcomes), data["next"]
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
        # An HTML table: Streamlit draws data frames on a canvas, which screen readers can't read, and exports raw CSV.
        st.table(frame, hide_index=True)
        st.download_button("Download this page as CSV", safe_csv(frame), "log.csv", "text/csv", on_click="ignore")
    newer, older, _ = st.columns([1, 1, 3])
    newer.button("Newer", on_click=back, disabled=len(cursors()) == 1, width="stretch")
    older.button("Older", on_click=cursors().append, args=(following,), disabled=not following, width="stretch")


def table(entries: list[Answer], outcomes: dict[str, str]) -> pd.DataFrame:
    rows = [{title: entry.get(name) for name, title in COLUMNS.items()} for entry in entries]
    for row in rows:
        row["Time (UTC)"] = f"{pd.Timestamp(row['Time (UTC)']):%Y-%m-%d %H:%M:%S}"
        row["Outcome"] = outcomes.get(str(row["Outcome"]), row["Outcome"])
        row["Mail"] = row["Mail"] or ""
    return pd.DataFrame(rows, dtype=str)


# -- paging ----------------------------------------------------------------------------------------


def cursors() -> list[str | None]:
    """The cursors of the pages up to this one; None is the first page's."""
    return st.session_state.setdefault("cursors", [None])


def back() -> None:
    cursors().pop()


def first() -> None:
    """Go to the first page: the cursors don't fit a list with other filters."""
    del cursors()[1:]
