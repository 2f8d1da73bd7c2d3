"""Tests that need more than Python are skipped without it, except under CI_TIERS=required.

Hypothesis tries more examples in CI than on a developer's machine.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

REQUIRED = os.environ.get("CI_TIERS") == "required"

settings.register_profile(
    "quick",
    max_examples=int(os.environ.get("FUZZ", "10")),
    deadline=None,  # a busy machine isn't a failure
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("quick"), max_examples=int(os.environ.get("FUZZ", "30")))
settings.load_profile("ci" if REQUIRED else "quick")


def unavailable(what: str) -> None:
    """Skip the test that needs `what`; under CI_TIERS=required fail instead."""
    if REQUIRED:
        pytest.fail(f"{what}, and CI_TIERS=required", pytrace=False)
    pytest.skip(what)
