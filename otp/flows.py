"""Where a code is asked for, and the only place where it is taken."""

import secrets
from dataclasses import dataclass
from typing import Literal


def new_flow_id() -> str:
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class Flow:
    """A browser (`page`, its flow id from its signed cookie) or a program (`api`, its challenge, or "" for none).

    A code with an id lives under a key of its own, so a stranger's sends and guesses don't touch it. Without one it
    lives under the plain address, as the clients of the original expect.
    """

    kind: Literal["page", "api"]
    id: str = ""

    def key(self, address: str) -> str:
        return f"{address} {self.id}" if self.id else address  # no address holds a space

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"
