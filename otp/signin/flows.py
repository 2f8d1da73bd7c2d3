"""Flows: a code can be verified only in the browser or by the program that requested it."""

import secrets
from dataclasses import dataclass
from typing import Literal, cast

from otp import rules
from otp.conf import conf
from otp.models import AddressKey

Kind = Literal["page", "api", "change"]


def new_flow_id() -> str:
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class Flow:
    """A browser (`page`, with an id from its signed cookie) or a program (`api`, with its challenge as id, or none).

    With an id, a code is stored under a key of its own, so that strangers can neither replace it nor use up its
    attempts. Without one it is stored under the address, as clients of the original service expect.

    A code to `change` an account's addresses has its subject as id. The digest contains the flow, so that such a code
    signs nobody in. Subjects aren't secret, so its key differs from that of any challenge.
    """

    kind: Kind
    id: str = ""

    @property
    def subject(self) -> str | None:
        """The account whose address a code of this flow changes; None for a flow that signs in."""
        return self.id if self.kind == "change" else None

    def key(self, address: str) -> str:
        return str(AddressKey(address, str(self) if self.subject else self.id))

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Flow":
        """The flow of `str(flow)`."""
        kind, _, rest = text.partition(":")
        return cls(cast(Kind, kind), rest)

    def request_key(self, client_id: str | None, verb: str, *subject: str) -> str:
        """The key by which a repeated request is recognized. Without a `client_id` every request has its own."""
        if client_id is None:
            return secrets.token_hex(16)
        return rules.keyed_hash(conf.keys[0], "request", client_id, verb, str(self), *subject)[:32]
