"""The pages: the sign-in, and what signed-in users see."""

from collections.abc import Callable

import streamlit as st

from . import figures, log, session
from .client import Problem

NO_TOKENS = "There is nothing more to see here: this site issues no tokens, because its OTP_JWT_KEYS is not set."

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
        rerun_with(st.error, str(ended))


def sign_in() -> None:
    show_kept_message()
    sent = False
    with st.form("send", border=False):
        address = st.text_input("Email address", key="email", autocomplete="email", placeholder="you@example.com")
        if st.form_submit_button("Send code", type="primary"):
            sent = call_and_show(session.send, address.strip())
    if not session.has_pending_code():
        return
    with st.form("verify", border=False):
        sent_to = session.pending_address()
        if sent_to:
            st.text(f"Enter the code that was sent to {sent_to}")
        else:  # after a reload
            sent_to = st.text_input("The address that a code was sent to", key="sent_to", autocomplete="email").strip()
        code = st.text_input("Code", key="code", autocomplete="one-time-code", placeholder="123456")
        if st.form_submit_button("Verify", type="primary"):
            call_and_show(session.verify, sent_to, code.strip())
    if sent:
        st.html(FOCUS, unsafe_allow_javascript=True)


def signed_in() -> None:
    who, out = st.columns([4, 1], vertical_alignment="center")
    who.text(f"Signed in as {session.address()}")
    if out.button("Sign out", width="stretch"):
        leave()
    show_kept_message()
    if not session.has_tokens():
        st.info(NO_TOKENS)
    elif figures.show():
        log.show()
    else:
        st.info(NO_ROLE)


def leave() -> None:
    try:
        message = session.sign_out()
    except Problem as problem:
        rerun_with(st.warning, str(problem))
    rerun_with(st.success, message)


# -- messages of the server ------------------------------------------------------------------------


def call_and_show(act: Callable[..., str], *given: str) -> bool:
    """Call `act` and show the server's message. Returns whether it succeeded; the fields keep what was typed."""
    try:
        message = act(*given)
    except Problem as problem:
        st.error(plain(problem))
        return False
    if session.is_signed_in():
        rerun_with(st.success, message)
    st.success(plain(message))
    return True


def rerun_with(show: Callable[[str], object], message: str) -> None:
    """Redraw the page with a message above it."""
    st.session_state.kept_message = (show, message)
    st.rerun()


def show_kept_message() -> None:
    if message := st.session_state.pop("kept_message", None):
        show, text = message
        show(plain(text))


def plain(words: object) -> str:
    """Escape text that others wrote, so that it isn't rendered as Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()#+!|<>$~:" else letter for letter in str(words))
