"""Some tests need more than Python. Without it they are skipped by name, except where CI requires them.

Some are the better the more they try: CI tries more than somebody who waits for an answer.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

REQUIRED = os.environ.get("CI_TIERS") == "required"

settings.register_profile(
    "quick",
    max_examples=int(os.environ.get("FUZZ", "10")),
    deadline=None,  # a busy machine is no fault
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("quick"), max_examples=int(os.environ.get("FUZZ", "30")))
settings.load_profile("ci" if REQUIRED else "quick")


def unavailable(what: str) -> None:
    """Skip the test that needs `what`; under CI_TIERS=required fail instead."""
    if REQUIRED:
        pytest.fail(f"{what}, and CI_TIERS=required", pytrace=False)
    pytest.skip(what)
