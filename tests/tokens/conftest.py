"""Fixtures: a key that signs access tokens, and a frozen clock."""

import pytest
import time_machine

from otp.tokens import keyring

KEY = keyring.new_key()


@pytest.fixture(autouse=True)
def signing_key(settings, clock: time_machine.Traveller) -> None:
    settings.OTP_JWT_KEYS = [KEY]
