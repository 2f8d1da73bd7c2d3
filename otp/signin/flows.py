"""Flows: a code can be verified only in the browser or by the program that requested it."""

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
    """A browser (`page`, with an id from its signed cookie) or a program (`api`, with its challenge as id, or none).

    With an id, a code is stored under a key of its own, so that strangers can neither replace it nor use up its
    attempts. Without one it is stored under the address, as clients of the original service expect.
    """

    kind: Literal["page", "api"]
    id: str = ""

    def key(self, address: str) -> str:
        return str(AddressKey(address, self.id))

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    def request_key(self, client_id: str | None, verb: str, *subject: str) -> str:
        """The key by which a repeated request is recognized. Without a `client_id` every request has its own."""
        if client_id is None:
            return secrets.token_hex(16)
        return rules.keyed_hash(conf.keys[0], "request", client_id, verb, str(self), *subject)[:32]
