"""Which channel serves an address: e-mail or SMS."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Protocol, cast


class Channel(Protocol):
    """The interface of `email` and `sms`."""

    REMEDIES: Mapping[str, str]  # what to do about AWS's errors, by error code

    def compose(
        self,
        address: str,
        code: str,
        *,
        lifetime: int,
        requested_at: datetime,
        user_agent: str = "",
        change: bool = False,
    ) -> Any:
        """The message with a code for a canonical address; `lifetime` in seconds.

        `change`: the code changes an account's addresses.
        """

    def deliver(self, message: Any) -> str:
        """Send it, and return AWS's id of it.

        Raises DeliveryFailed if it wasn't sent, DeliveryUnknown if that can't be known.
        """

    def simulator(self) -> str:
        """An address whose messages AWS accepts and discards."""


def channel_name(address: str) -> Literal["email", "sms"]:
    """The channel's name: a canonical address is an e-mail address or an E.164 number."""
    return "email" if "@" in address else "sms"


def channel_of(address: str) -> Channel:
    """The channel of a canonical address. Its module is imported on first use, for the sake of cold starts."""
    if channel_name(address) == "sms":
        from . import sms

        return cast(Channel, sms)
    from . import email  # imports Django's mail classes

    return cast(Channel, email)
