"""What other code may listen to. Receivers run within the request: they are to be quick and to keep no secret."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.dispatch import Signal

from .exceptions import OTPError

# Sent once for each send and each try, however it ended, with `outcome`: the machine word of the answer.
decided = Signal()


@contextmanager
def deciding(success: str) -> Iterator[None]:
    """Around one of the service's verbs, as `@deciding("otp_sent")`: tells whoever listens how it ended."""
    outcome = "server_error"
    try:
        yield
        outcome = success
    except OTPError as refusal:
        outcome = refusal.code
        raise
    finally:
        decided.send_robust(sender=None, outcome=outcome)
