"""The items in the tables, read without the model layer."""

import json
from typing import Any

import pytest

from otp import rules
from otp.dynamo.client import client
from otp.tokens import keyring
from tests.support.api import ADDRESS, answer, ask

CODE = "048213"
KEYS = ["first-key-0123456789-0123456789-01", "second-key-0123456789-0123456789-0"]
NETWORK = "ac0500426a85b3373879078b64d8e289"


@pytest.fixture
def known_secrets(settings, monkeypatch, clock) -> None:
    """Fix the keys and the code, so that everything that is stored is known, except random ids."""
    settings.OTP_KEYS, settings.OTP_JWT_KEYS, settings.OTP_LOG_IP_PREFIX = KEYS, [keyring.new_key()], 24
    monkeypatch.setattr(rules, "new_seed", lambda: "5eed" * 8)
    monkeypatch.setattr(rules, "code_of", lambda key, seed: CODE)


def items(table: str) -> list[dict[str, Any]]:
    """All items of a table, each as its attributes without their types."""
    found = client().scan(TableName=table)["Items"]
    return [{name: next(iter(typed.values())) for name, typed in item.items()} for item in found]


def everything_stored() -> str:
    """Every item of every table, as text."""
    return json.dumps(
        [client().scan(TableName=name)["Items"] for name in client().list_tables()["TableNames"]], default=str
    )


def headers(key):
    return {"Idempotency-Key": key, "User-Agent": "probe/1"}


def sign_in(clock):
    """Request a code, and verify it 42 seconds later."""
    ask(headers=headers("7"))
    clock.shift(42)
    return answer(CODE, headers=headers("9")).json()


def entry(outcome, *, at, stamp, expires, **more):
    """A log entry. Of its id only the timestamp is known."""
    return {
        "address": ADDRESS,
        "outcome": outcome,
        "channel": "email",
        "flow": "api",
        "ip_hash": NETWORK,
        "ip_prefix": "127.0.0.0/24",
        "user_agent": "probe/1",
        "created_at": at,
        "expires_at": expires,
        "shard": "0",
        **({} if outcome in ("otp_sent", "otp_verified") else {"failure": outcome, "of_failure": f"{outcome}#0"}),
        "id": stamp,
        **more,
    }


def log():
    """The items of the log, without the random parts of their ids, and the ids that SES gives."""
    found = items("otp_log")
    for item in found:
        time, _, own = item["created_at"].partition("#")
        assert (own, len(item["id"])) == (f"{item['address']} {item['id']}", 32)
        item |= {"created_at": time, "id": item["id"][:12]}
        assert bool(item.pop("message_id", "")) == (item["outcome"] == "otp_sent")
    return sorted(found, key=lambda item: (item["id"], item["outcome"]))
