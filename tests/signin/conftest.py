"""Fixtures: a key that signs tokens."""

import pytest
import time_machine

from otp.tokens import keyring

KEY = keyring.new_key()


@pytest.fixture
def signing_key(settings, clock: time_machine.Traveller) -> None:
    """Sign-ins return tokens. Time is frozen, so that repeated responses have the same times."""
    settings.OTP_JWT_KEYS = [KEY]
