"""Where a code is asked for, and the only place where it is taken."""

import secrets
from dataclasses import dataclass
from typing import Literal

from otp import rules
from otp.conf import conf
from otp.models import AddressKey


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
        return str(AddressKey(address, self.id))

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    def request_key(self, client_id: str | None, verb: str, *subject: str) -> str:
        """What a request is known by: bound to its flow and subject if the client names it, else unique."""
        if client_id is None:
            return secrets.token_hex(16)
        return rules.keyed_hash(conf.keys[0], "request", client_id, verb, str(self), *subject)[:32]
