"""The codes that this browser asked for, kept in its signed cookie: showing a page costs DynamoDB nothing."""

import time
from dataclasses import dataclass

from django.contrib.sessions.backends.base import SessionBase

from otp.signin.send import Sent

KEY = "pending"
KEPT = 3  # tabs with an address each; a cookie holds 4 KB


@dataclass(frozen=True)
class Pending:
    """Where a code went, and when it expires and when another may be sent, in epoch seconds."""

    address: str
    expires_at: int
    resend_at: int
    again: bool = False  # not the first one

    @property
    def works(self) -> bool:
        return self.expires_at > now()

    @property
    def wait(self) -> int:
        """Seconds until another may be sent."""
        return max(self.resend_at - now(), 0)


def now() -> int:
    return int(time.time())


def after(sent: Sent, address: str, before: Pending | None) -> Pending:
    """What is pending after a send; `before` is what was, for the same address."""
    expires_at = now() + sent.expires_in
    newer = before is not None and expires_at > before.expires_at + 1  # a repeated send may be told a second later
    return Pending(address, expires_at, now() + sent.retry_after, again=newer or bool(before and before.again))


def recall(session: SessionBase, address: str | None = None) -> Pending | None:
    """What is pending for an address, or else the last there is."""
    kept = session.get(KEY, {})
    address = address or next(reversed(kept), None)
    return Pending(address, *kept[address]) if address in kept else None


def save(session: SessionBase, code: Pending) -> None:
    others = [(address, rest) for address, rest in session.get(KEY, {}).items() if address != code.address]
    last = (code.address, [code.expires_at, code.resend_at, code.again])
    session[KEY] = dict([*others, last][-KEPT:])


def forget(session: SessionBase) -> None:
    session.pop(KEY, None)
