"""The pages: the sign-in, and what signed-in users see."""

from collections.abc import Callable

import streamlit as st

from . import figures, log, session
from .client import Problem

NO_TOKENS = "There is nothing more to see here: this site hands out no tokens, as its OTP_JWT_KEYS is not set."

NO_ROLE = (
    "The figures and the log are for staff, and this address has no role. Ask whoever runs the site for one "
    "(`manage.py staff add`), then reload this page."
)

# Streamlit would leave the focus in the address field.
FOCUS = """<script>document.querySelector("input[autocomplete='one-time-code']")?.focus()</script>"""


def main() -> None:
    """Draw the page. Streamlit calls this again after each interaction."""
    st.set_page_config(page_title="One-time codes", layout="wide" if session.is_signed_in() else "centered")
    st.title("One-time codes")
    try:
        signed_in() if session.is_signed_in() else sign_in()
    except session.SignedOut as ended:
        go_on(st.error, str(ended))


def sign_in() -> None:
    repeat_what_was_said()
    sent = False
    with st.form("send", border=False):
        address = st.text_input("Email address", key="email", autocomplete="email", placeholder="you@example.com")
        if st.form_submit_button("Send code", type="primary"):
            sent = answer_of(session.send, address.strip())
    if not session.is_asked():
        return
    with st.form("verify", border=False):
        asked = session.asked_address()
        if asked:
            st.text(f"Enter the code that was sent to {asked}")
        else:  # after a reload
            asked = st.text_input("The address that a code was sent to", key="sent_to", autocomplete="email").strip()
        code = st.text_input("Code", key="code", autocomplete="one-time-code", placeholder="123456")
        if st.form_submit_button("Verify", type="primary"):
            answer_of(session.verify, asked, code.strip())
    if sent:
        st.html(FOCUS, unsafe_allow_javascript=True)


def signed_in() -> None:
    who, out = st.columns([4, 1], vertical_alignment="center")
    who.text(f"Signed in as {session.address()}")
    if out.button("Sign out", width="stretch"):
        leave()
    repeat_what_was_said()
    if not session.has_tokens():
        st.info(NO_TOKENS)
    elif figures.show():
        log.show()
    else:
        st.info(NO_ROLE)


def leave() -> None:
    try:
        said = session.sign_out()
    except Problem as problem:
        go_on(st.warning, str(problem))
    go_on(st.success, said)


# -- messages of the server ------------------------------------------------------------------------


def answer_of(act: Callable[..., str], *given: str) -> bool:
    """Call `act` and show the server's message. Returns whether it succeeded; the fields keep what was typed."""
    try:
        said = act(*given)
    except Problem as problem:
        st.error(plain(problem))
        return False
    if session.is_signed_in():
        go_on(st.success, said)
    st.success(plain(said))
    return True


def go_on(show: Callable[[str], object], words: str) -> None:
    """Redraw the page with a message above it."""
    st.session_state.said = (show, words)
    st.rerun()


def repeat_what_was_said() -> None:
    if said := st.session_state.pop("said", None):
        show, words = said
        show(plain(words))


def plain(words: object) -> str:
    """Escape text that others wrote, so that it isn't rendered as Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()#+!|<>$~:" else letter for letter in str(words))
