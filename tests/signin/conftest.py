"""Fixtures: a key that signs tokens."""

import pytest
import time_machine

from otp.tokens import keyring

KEY = keyring.new_key()


@pytest.fixture
def signing_key(settings, clock: time_machine.Traveller) -> None:
    """Sign-ins are answered with tokens; and time stands still, so that nobody sees the clock move."""
    settings.OTP_JWT_KEYS = [KEY]
