"""How items are named: ids that sort by time, and the shards that spread a listing."""

import secrets
from datetime import datetime

from otp.conf import conf


def new_id(now: datetime) -> str:
    """A unique id that sorts by time, to the millisecond: 12 hex digits of it, then 80 random bits."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def log_shards() -> int:
    return conf.log_shards
