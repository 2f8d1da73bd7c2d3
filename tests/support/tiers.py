"""Some tests need more than Python. Without it they are skipped by name, except where CI requires them."""

import os

import pytest


def unavailable(what: str) -> None:
    """Skip the test that needs `what`; under CI_TIERS=required fail instead."""
    if os.environ.get("CI_TIERS") == "required":
        pytest.fail(f"{what}, and CI_TIERS=required", pytrace=False)
    pytest.skip(what)
