"""Keys of items, ids that sort by time, and the number of shards."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from otp.conf import conf


@dataclass(frozen=True)
class AddressKey:
    """The key of an address's item: the address, or "address id" for an item of one of its flows or devices.

    Addresses contain no space, so the key is unambiguous.
    """

    address: str
    id: str = ""

    @classmethod
    def parse(cls, key: str) -> "AddressKey":
        address, _, rest = key.partition(" ")
        return cls(address, rest)

    def __str__(self) -> str:
        return f"{self.address} {self.id}" if self.id else self.address


def first_id(moment: datetime) -> str:
    """What sorts before every id of a moment, and after those of earlier ones."""
    return f"{int(moment.timestamp() * 1000):012x}"


def new_id(now: datetime, request_key: str = "") -> str:
    """A unique id that sorts by time: the time in milliseconds in 12 hex digits, then 80 random bits in 20.

    With a request key, which is 32 hex digits, the last 20 are its first 20, so that a repeated request is recognized.
    """
    return f"{first_id(now)}{request_key[:20] or secrets.token_hex(10)}"


def is_of_request(id: str | None, request_key: str) -> bool:
    """Whether an id was made for that request, at any time."""
    return id is not None and id[12:] == request_key[:20]


def log_shards() -> int:
    return conf.log_shards
