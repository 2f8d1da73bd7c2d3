"""The user's sign-in: tokens, kept only in the session state of the browser tab."""

from typing import Any
from uuid import uuid4

import streamlit as st

from . import client
from .client import Answer, Problem

ENDED = {"token_invalid", "refresh_token_invalid"}
# Kept in the page's URL, so that the code that was sent still works after a reload. The challenge is useless without
# that code. The e-mail address must not be in a URL.
CHALLENGE = "challenge"
TOKENS = {"access_token": str, "refresh_token": str}


class SignedOut(Exception):
    """The sign-in has ended, here or on the server. The user has to sign in again."""


def language() -> str:
    return st.context.locale or ""


def send(address: str) -> str:
    """Request a code that only works in this tab; returns the server's message."""
    answer = _post_once({"action": "send_otp", "email": address, "challenge": True})
    # Servers from before challenges return none: the code is then verified by the address alone.
    st.session_state.pending = {"email": address, "challenge": text(answer, "challenge")}
    st.query_params[CHALLENGE] = st.session_state.pending["challenge"]
    return answer["message"]


def verify(address: str, code: str) -> str:
    """Verify the code and keep the tokens; returns the server's message."""
    pending = st.session_state.get("pending") or {"email": address, "challenge": st.query_params[CHALLENGE]}
    answer = _post_once({"action": "verify_otp", "otp": code, **pending})
    st.session_state.pop("pending", None)
    st.session_state.address = pending["email"]
    st.query_params.pop(CHALLENGE, None)
    st.session_state.tokens = {name: text(answer, name) for name in TOKENS}
    return answer["message"]


def has_pending_code() -> bool:
    return "pending" in st.session_state or CHALLENGE in st.query_params


def pending_address() -> str:
    """The address that the code was sent to; "" after a reload, which only keeps the challenge."""
    return st.session_state.pending["email"] if "pending" in st.session_state else ""


def is_signed_in() -> bool:
    return "address" in st.session_state


def address() -> str:
    return st.session_state.address


def has_tokens() -> bool:
    return all(st.session_state.tokens.values())


def read(path: str, **query: str | None) -> Answer:
    """GET with the access token, which is refreshed once it has expired. Raises Problem, or SignedOut."""
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
    """Forget the tokens and revoke them on the server; returns its message.

    Raises Problem if the server couldn't be reached. The tokens are forgotten in any case.
    """
    token = st.session_state.tokens["refresh_token"]
    forget()
    if not token:
        return "Signed out"
    try:
        return client.post({"action": "sign_out", "refresh_token": token}, language())["message"]
    except Problem as problem:
        raise Problem(f"Signed out here, but not on the server. {problem}") from None


def forget() -> None:
    """Clear everything about the user from the session state."""
    st.session_state.clear()


def _post_once(body: Answer) -> Answer:
    """POST with an idempotency key. If the response was lost, the next post of the same body has the same key.

    With another key it would be refused, because the first request may have used the code.
    """
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
        answer = client.post(body, language())
    except Problem as problem:
        raise _ended(problem) from problem
    st.session_state.tokens = {name: text(answer, name) for name in TOKENS}


def _ended(problem: Problem) -> Exception:
    """The exception to raise for a failed refresh: SignedOut, or Problem if the server is only unavailable for now."""
    if problem.code not in ENDED:
        return problem
    forget()
    return SignedOut("Your sign-in has ended. Sign in again.")


def text(answer: dict[str, Any], name: str) -> str:
    """A field of a response; "" if it is missing or not text."""
    value = answer.get(name)
    return value if isinstance(value, str) else ""
