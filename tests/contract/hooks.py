"""What Schemathesis is told beside the document: addresses that there are, a way to sign in, and what to write down."""

import atexit
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st

SITE, CODE = os.environ["CONTRACT_SITE"], os.environ["CONTRACT_CODE"]
# Few, so that they meet themselves again: a code is verified, guessed at and used up only where one was sent.
ADDRESSES = [f"person{n}@example.com" for n in range(5)]
GUESSED = "guessed@example.com"  # is sent a code once, and then wrong guesses alone
BEARER = "bearer@example.com"
ASK_FOR_A_BEARER = ("/otp/me", "sign_out_everywhere")

seen: Counter[str] = Counter()

schemathesis.openapi.format("email", st.sampled_from([*ADDRESSES, GUESSED]))


def post(body: dict[str, str]) -> Any:
    return requests.post(f"{SITE}/otp", json=body, timeout=30).json()


post({"action": "send_otp", "email": GUESSED})


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """A new access token for each request that wants one: others end it."""

    def get(self, case: Any, context: Any) -> str | None:
        body = case.body if isinstance(case.body, dict) else {}
        if case.path not in ASK_FOR_A_BEARER and body.get("action") not in ASK_FOR_A_BEARER:
            return None
        post({"action": "send_otp", "email": BEARER})
        return post({"action": "verify_otp", "email": BEARER, "otp": CODE})["access_token"]

    def set(self, case: Any, data: str | None, context: Any) -> None:
        if data:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Half of the well-formed guesses are right, which none would be by chance."""
    match body:
        case {"action": "verify_otp", "email": email, "otp": str(guess)} if guess and email != GUESSED:
            return body | {"otp": CODE} if len(guess) % 2 else body
        case {"action": "send_otp", "email": "guessed@example.com"}:
            return body | {"email": ADDRESSES[0]}
    return body


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    body = response.json() if "json" in response.headers.get("content-type", [""])[0] else {}
    seen[f"{case.method} {case.path} {response.status_code} {body.get('code', '')}"] += 1


@atexit.register
def write_down() -> None:
    Path(os.environ["CONTRACT_SEEN"]).write_text(json.dumps(seen))
