"""The codes that this browser has requested, kept in its signed session cookie: pages need no read from DynamoDB."""

import time
from dataclasses import dataclass, replace

from django.contrib.sessions.backends.base import SessionBase

KEY = "pending"  # of the session
MAX_CODES = 3  # one for each address, as tabs may differ; a cookie holds 4 KB


@dataclass(frozen=True)
class SentCode:
    """A code that was sent to an address. Times are in epoch seconds."""

    address: str
    expires_at: int
    resend_at: int  # when another may be sent
    resent: bool = False  # not the first code for this address

    @property
    def works(self) -> bool:
        return self.expires_at > now()

    @property
    def left(self) -> int:
        """Seconds until the code expires."""
        return max(self.expires_at - now(), 0)

    @property
    def wait(self) -> int:
        """Seconds until another code may be sent."""
        return max(self.resend_at - now(), 0)


def now() -> int:
    return int(time.time())


def after_send(address: str, previous: SentCode | None, *, expires_in: int, retry_after: int) -> SentCode:
    """The code of a send just made; both times in seconds. `previous` is the code sent to this address before."""
    expires_at = now() + expires_in
    # A repeated request returns the same code again, whose times may be off by a second.
    newer = previous is not None and expires_at > previous.expires_at + 1
    return SentCode(address, expires_at, now() + retry_after, resent=newer or bool(previous and previous.resent))


def find(session: SessionBase, address: str | None = None) -> SentCode | None:
    """The code sent to an address, or else the last one sent."""
    codes: dict[str, list[int]] = session.get(KEY, {})
    address = address or next(reversed(codes), None)
    if address is None or address not in codes:
        return None
    expires_at, resend_at, resent = codes[address]
    return SentCode(address, expires_at, resend_at, bool(resent))


def save(session: SessionBase, code: SentCode) -> None:
    """Keep a code as the last one, and drop the oldest if there are too many."""
    others = [(address, rest) for address, rest in session.get(KEY, {}).items() if address != code.address]
    last = (code.address, [code.expires_at, code.resend_at, code.resent])
    session[KEY] = dict([*others, last][-MAX_CODES:])


def end(session: SessionBase, code: SentCode) -> SentCode:
    """Store that a code no longer works. Returns it as it is now."""
    ended = replace(code, expires_at=0)
    save(session, ended)
    return ended


def forget(session: SessionBase) -> None:
    session.pop(KEY, None)
