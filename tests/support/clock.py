"""Fixtures: a clock that stands still until the test moves it."""

from collections.abc import Iterator

import pytest
import time_machine

NOW = 2_000_000_000  # epoch seconds, 2033-05-18T03:33:20Z


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands still at NOW; `shift(seconds)` and `move_to(time)` change it."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock
