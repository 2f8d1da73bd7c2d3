"""Fixtures: a frozen clock that the test can move."""

from collections.abc import Iterator

import pytest
import time_machine

NOW = 2_000_000_000  # epoch seconds, 2033-05-18T03:33:20Z


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Freeze time at NOW; `shift(seconds)` and `move_to(time)` change it."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock
