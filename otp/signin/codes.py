"""A new code, and the message that carries it. Nothing is stored or sent here."""

import secrets
from datetime import datetime, timedelta
from typing import Any, cast

from otp import rules
from otp.conf import conf
from otp.delivery.channels import channel_of
from otp.models import Code

from .flows import Flow


def new_code(address: str, flow: Flow, withheld: bool, now: datetime, send: str) -> Code:
    """A new code. If it is withheld, its digest is random, so that no guess matches."""
    seed = rules.new_seed()
    _, digest = _from_seed(seed, str(flow), address)
    return Code(
        key=flow.key(address),
        address=address,
        flow=str(flow),
        send=send,
        may_create=not withheld,
        seed=seed,
        code_digest=secrets.token_hex(32) if withheld else digest,
        created_at=now,
        otp_expiry=now + timedelta(seconds=conf.lifetime),
    )


def _from_seed(seed: str, flow: str, address: str) -> tuple[str, str]:
    """The digits of a code and their digest. They stay the same until the first key changes."""
    text = rules.code_of(conf.keys[0], seed)
    return text, rules.digest(conf.keys[0], flow=flow, address=address, code=text)


def message_of(code: Code, withheld: bool, user_agent: str, now: datetime) -> Any:
    """Compose the message of a code, whose digits come from its seed. If no guess can match, it goes to a simulator."""
    text, digest = _from_seed(code.seed, code.flow, code.address)
    channel = channel_of(code.address)
    return channel.compose(
        channel.simulator() if withheld or digest != code.code_digest else code.address,
        text,
        lifetime=int((code.otp_expiry - now).total_seconds()),
        requested_at=cast(datetime, code.created_at),
        user_agent=user_agent,
        change=Flow.parse(code.flow).subject is not None,
    )
