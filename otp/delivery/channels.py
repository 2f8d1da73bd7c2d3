"""How a code travels. The one place that says which channel serves an address."""

from typing import Any, Literal, Protocol, cast


class Channel(Protocol):
    """What each module here offers."""

    def compose(self, address: str, code: str, *, lifetime: int) -> Any:
        """The message that brings a code to a canonical address; `lifetime` in seconds."""

    def deliver(self, message: Any) -> None:
        """Hand it over. Raises DeliveryFailed when it didn't leave, DeliveryUnknown when nobody can tell."""

    def nobody(self) -> str:
        """An address that AWS takes messages for and brings them to nobody."""


def channel_name(address: str) -> Literal["email", "sms"]:
    """A canonical address is an e-mail address, or an E.164 number."""
    return "email" if "@" in address else "sms"


def channel_of(address: str) -> Channel:
    """The channel of a canonical address, imported when it is first used: each brings a part of AWS's SDK."""
    if channel_name(address) == "sms":
        from . import sms  # boto3's session waits for the first SMS

        return cast(Channel, sms)
    from . import email  # as do Django's mail classes for the first mail

    return cast(Channel, email)
