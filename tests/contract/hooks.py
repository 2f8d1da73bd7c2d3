"""Hooks of Schemathesis: existing addresses, a way to sign in, and a record of the responses."""

import atexit
import functools
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st

from tests.support.timeouts import TIMEOUT

SITE, CODE = os.environ["CONTRACT_SITE"], os.environ["CONTRACT_CODE"]
# Few addresses, so that requests hit the same ones: a code can only be verified or guessed where one was sent.
ADDRESSES = ["user@example.com", *(f"person{n}@example.com" for n in range(4))]
STAFF = os.environ["CONTRACT_STAFF"]
GUESSED = "guessed@example.com"  # has a code without attempts left

seen: Counter[str] = Counter()

schemathesis.openapi.format("email", st.sampled_from(ADDRESSES))
schemathesis.openapi.format("phone", st.sampled_from([f"+6141234567{n}" for n in range(5)]))


def post(body: dict[str, str]) -> Any:
    return requests.post(f"{SITE}/otp", json=body, timeout=TIMEOUT).json()


post({"action": "send_otp", "email": GUESSED})
for _ in range(6):
    post({"action": "verify_otp", "email": GUESSED, "otp": "wrong"})


@functools.cache
def access_token(address: str) -> str:
    """An access token. It is valid for ten minutes, longer than the run takes."""
    return sign_in(address)


def sign_in(address: str) -> str:
    post({"action": "send_otp", "email": address})
    return post({"action": "verify_otp", "email": address, "otp": CODE})["access_token"]


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """Authenticates requests that need a token. Requests that revoke it get a new one."""

    def get(self, case: Any, context: Any) -> str | None:
        if case.path == "/otp/me":
            return access_token("reader@example.com")
        if case.path.startswith("/otp/staff/"):
            return access_token(STAFF)
        ends_it = isinstance(case.body, dict) and case.body.get("action") == "sign_out_everywhere"
        return sign_in("leaver@example.com") if ends_it else None

    def set(self, case: Any, data: str | None, context: Any) -> None:
        if data:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Make some guesses correct, which wouldn't happen by chance, and let others use up the attempts of one code."""
    match body:
        case {"action": "verify_otp", "email": str(email), "otp": str(guess)} if email in ADDRESSES and guess:
            return body | ({}, {"otp": CODE}, {"email": GUESSED})[len(guess) % 3]
    return body


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    body = response.json() if "json" in response.headers.get("content-type", [""])[0] else {}
    seen[f"{case.method} {case.path} {response.status_code} {body.get('code', '')}"] += 1


@atexit.register
def write_down() -> None:
    Path(os.environ["CONTRACT_SEEN"]).write_text(json.dumps(seen))
