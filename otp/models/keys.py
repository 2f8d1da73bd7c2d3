"""How items are named: ids that sort by time, and the shards that spread a listing."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from otp.conf import conf


@dataclass(frozen=True)
class AddressKey:
    """The key of what belongs to an address: to all of it, or to one flow or device, whose id stands behind a space.

    No address holds a space, so neither an id nor an address can be made to look like the other.
    """

    address: str
    id: str = ""

    @classmethod
    def parse(cls, key: str) -> "AddressKey":
        address, _, rest = key.partition(" ")
        return cls(address, rest)

    def __str__(self) -> str:
        return f"{self.address} {self.id}" if self.id else self.address


def new_id(now: datetime, request: str = "") -> str:
    """A unique id that sorts by time, to the millisecond: 12 hex digits of it, then 80 random bits.

    What a client may repeat is known again by these: they are those of its request's key, 32 hex digits.
    """
    return f"{int(now.timestamp() * 1000):012x}{request[:20] or secrets.token_hex(10)}"


def is_of_request(id: str | None, request: str) -> bool:
    """Whether an id was made for that request, whenever that was."""
    return id is not None and id[12:] == request[:20]


def log_shards() -> int:
    return conf.log_shards
