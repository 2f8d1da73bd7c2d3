"""Schemathesis with all its checks against the running site: responses conform to the OpenAPI document."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from otp import rules
from otp.accounts.staff import appoint_by_command
from otp.api.openapi import document
from otp.tokens import keyring
from tests.support.tiers import REQUIRED, unavailable

HERE = Path(__file__).parent
CODE, STAFF = "123456", "staff@example.com"
LEAST_REQUESTS, LEAST_SUCCESS = 5_000, 0.3

# Documented statuses that needn't occur in this test; each has its own tests.
NOT_SEEN = {
    "413": "bodies over 8 KiB come by chance: tests/test_api.py",
    "429": "quotas are lifted here: tests/test_budgets.py",
    "500": "nothing is broken here: tests/test_pages_failures.py",
    "503": "nothing fails here: tests/test_faults.py",
}


@pytest.fixture
def generous_site(live_site, settings, monkeypatch):
    """The running site with high limits, tokens, and known codes."""
    settings.OTP_SEND_WINDOWS, settings.OTP_SENDS_PER_IP = (0,), 10**9
    settings.OTP_JWT_KEYS = [keyring.new_key()]
    monkeypatch.setattr(rules, "code_of", lambda key, seed: CODE)
    appoint_by_command(STAFF, "viewer")
    return live_site


# First well-formed and malformed requests, in all of Schemathesis's phases; then only well-formed ones, because fewer
# than one in five of the mixture is accepted.
RUNS = (("--mode", "all"), ("--mode", "positive", "--phases", "fuzzing"))


@pytest.mark.contract
@pytest.mark.timeout(1800)
def test_the_site_keeps_the_contract_that_it_publishes(generous_site, tmp_path, capsys):
    if not REQUIRED:
        unavailable("some thousand requests are made where CI_TIERS=required")
    seen = sum((run_schemathesis(generous_site, tmp_path, *options) for options in RUNS), Counter())
    with capsys.disabled():
        print(f"\n{seen.total()} requests of Schemathesis: {dict(sorted(by_status(seen).items()))}")
    assert seen.total() >= LEAST_REQUESTS
    assert by_status(seen)["200"] >= LEAST_SUCCESS * seen.total()
    assert documented_statuses() - set(by_status(seen)) <= set(NOT_SEEN)


def run_schemathesis(site: str, folder: Path, *options: str) -> Counter[str]:
    """Run it. Returns how often each "POST /otp 200 otp_sent" occurred; fails with its report if it finds a fault."""
    st, config, written = Path(sys.executable).parent / "st", HERE / "schemathesis.toml", folder / "seen.json"
    variables = {"CONTRACT_SITE": site, "CONTRACT_CODE": CODE, "CONTRACT_STAFF": STAFF, "CONTRACT_SEEN": str(written)}
    done = subprocess.run(
        [st, "--config-file", config, "run", "--checks", "all", *options, f"{site}/otp/openapi.json"],
        env={
            **os.environ,
            **variables,
            "SCHEMATHESIS_HOOKS": "tests.contract.hooks",
            "PYTHONPATH": str(HERE.parent.parent),
        },
        cwd=folder,  # it writes files there
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
    return Counter(json.loads(written.read_text()))


def by_status(seen: Counter[str]) -> Counter[str]:
    statuses: Counter[str] = Counter()
    for answer, times in seen.items():
        statuses[answer.split()[2]] += times
    return statuses


def documented_statuses() -> set[str]:
    paths = document.document()["paths"].values()
    return {status for operations in paths for operation in operations.values() for status in operation["responses"]}
