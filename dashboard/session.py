"""Who is signed in: tokens in this browser tab's session state, and nowhere else."""

from typing import Any
from uuid import uuid4

import streamlit as st

from . import client
from .client import Answer, Problem

ENDED = {"token_invalid", "refresh_token_invalid"}
# In the page's address, so that a reload doesn't lose the code that is on its way. Of no use without that code; the
# e-mail address doesn't belong there.
CHALLENGE = "challenge"
TOKENS = {"access_token": str, "refresh_token": str}


class SignedOut(Exception):
    """The sign-in has ended, here or there: back to the first page."""


def language() -> str:
    return st.context.locale or ""


def send(address: str) -> str:
    """Have a code sent, which only this tab can use; the server's message."""
    answered = _post_once({"action": "send_otp", "email": address, "challenge": True})
    # A server older than challenges answers none: then the code lies under the plain address.
    st.session_state.asked = {"email": address, "challenge": text(answered, "challenge")}
    st.query_params[CHALLENGE] = st.session_state.asked["challenge"]
    return answered["message"]


def verify(address: str, code: str) -> str:
    """Sign in; the server's message."""
    asked = st.session_state.get("asked") or {"email": address, "challenge": st.query_params[CHALLENGE]}
    answered = _post_once({"action": "verify_otp", "otp": code, **asked})
    st.session_state.pop("asked", None)
    st.session_state.address = asked["email"]
    st.query_params.pop(CHALLENGE, None)
    st.session_state.tokens = {name: text(answered, name) for name in TOKENS}
    return answered["message"]


def is_asked() -> bool:
    return "asked" in st.session_state or CHALLENGE in st.query_params


def asked_address() -> str:
    """Where the code was sent; "" once the page was loaded anew, which leaves nothing but the challenge."""
    return st.session_state.asked["email"] if "asked" in st.session_state else ""


def is_signed_in() -> bool:
    return "address" in st.session_state


def address() -> str:
    return st.session_state.address


def has_tokens() -> bool:
    return all(st.session_state.tokens.values())


def read(path: str, **query: str | None) -> Answer:
    """GET with the access token, which is renewed when it is over. Raises Problem, or SignedOut."""
    try:
        return client.get(path, st.session_state.tokens["access_token"], language(), **query)
    except Problem as problem:
        if problem.code != "token_invalid":
            raise
    _renew()
    try:
        return client.get(path, st.session_state.tokens["access_token"], language(), **query)
    except Problem as problem:
        raise _ended(problem) from problem


def sign_out() -> str:
    """Forget the tokens here, and have the server end them; its message.

    Raises Problem where the server could not be told: then they are forgotten all the same.
    """
    token = st.session_state.tokens["refresh_token"]
    forget()
    if not token:
        return "Signed out"
    try:
        return client.post({"action": "sign_out", "refresh_token": token}, language())["message"]
    except Problem as problem:
        raise Problem(f"Signed out here, but the server could not be told. {problem}") from None


def forget() -> None:
    """Leave nothing of who was here to who comes next."""
    st.session_state.clear()


def _post_once(body: Answer) -> Answer:
    """POST with an id, and with the same one again after the answer was lost: a used code would be refused else."""
    lost, key = st.session_state.pop("lost", (None, ""))
    key = key if lost == body else uuid4().hex
    try:
        return client.post(body, language(), key)
    except Problem as problem:
        if problem.code in ("", "unavailable"):
            st.session_state.lost = (body, key)
        raise


def _renew() -> None:
    body = {"action": "refresh_token", "refresh_token": st.session_state.tokens["refresh_token"]}
    try:
        answered = client.post(body, language())
    except Problem as problem:
        raise _ended(problem) from problem
    st.session_state.tokens = {name: text(answered, name) for name in TOKENS}


def _ended(problem: Problem) -> Exception:
    """What to raise for it: a server that is away for a moment ends no sign-in."""
    if problem.code not in ENDED:
        return problem
    forget()
    return SignedOut("Your sign-in has ended. Sign in again.")


def text(answered: dict[str, Any], name: str) -> str:
    """A field as text; "" for one that isn't there, or is something else."""
    value = answered.get(name)
    return value if isinstance(value, str) else ""
