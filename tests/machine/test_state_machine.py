"""Sends, tries, resends, clock jumps, staff, lost answers and strangers, in any order that Hypothesis can think of.

What the service answers, over the real storage, is held against `machine.model`; the moves are in `machine` as well.
"""

from collections import Counter
from io import StringIO

import hypothesis
import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from hypothesis.stateful import invariant, run_state_machine_as_test

from otp.local import embedded
from otp.models import Code, LogEntry
from tests.machine.attempts import Attempts
from tests.machine.model import ADDRESSES, START
from tests.support.api import mails
from tests.support.aws import empty
from tests.support.dynamodb_local import drop_tables
from tests.support.tiers import REQUIRED

STEPS = 50  # of a story, at most
# Hypothesis begins with short stories, a tenth of all: hence more of them than the steps that are asserted.
AT_LEAST, STORIES = (10_000, 260) if REQUIRED else (1_000, 26)
SETTINGS = hypothesis.settings(
    max_examples=STORIES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)


class SignIn(Attempts):
    executed = 0

    @invariant()
    def a_step_is_counted(self) -> None:
        SignIn.executed += 1

    def teardown(self) -> None:
        """Each send was one mail; each send and attempt is in the log once; each code has counted its attempts."""
        assert len(mails()) == self.model.mailed
        found = Counter()
        for address in ADDRESSES:
            entries = LogEntry.objects.filter(address=address).order_by("created_at")
            found.update((address, entry.outcome) for entry in entries)
        assert found == +self.model.log
        for (address, flow), live in self.model.codes.items():
            assert Code.objects.get(pk=f"{address} {flow}".strip()).attempts == live.attempts


@pytest.fixture
def machine(settings, monkeypatch):
    """Call it with how to empty the storage and how long to run; the steps that were executed."""
    settings.OTP_SENDS_PER_IP = settings.OTP_LOG_ENTRIES_PER_IP = 10**9
    monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda *args: True)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    program = Client()  # one for all: each new one would load the middleware anew
    monkeypatch.setattr("tests.support.api.Client", lambda: program)

    def run(clean, chosen):
        SignIn.executed, SignIn.clean = 0, staticmethod(clean)
        with time_machine.travel(START, tick=False) as SignIn.clock:
            run_state_machine_as_test(SignIn, settings=chosen)
        return SignIn.executed

    return run


@pytest.mark.thorough
@pytest.mark.timeout(1800)
def test_over_thousands_of_steps_the_service_does_what_the_rules_say(machine):
    assert machine(empty, SETTINGS) >= AT_LEAST


@pytest.mark.dynamodb_local
def test_it_does_so_on_dynamodb_local_as_well(machine, dynamodb_local):
    def anew():
        drop_tables(dynamodb_local)
        call_command("dynamo_sync", stdout=StringIO())
        embedded.ses().sent_messages.clear()

    assert machine(anew, hypothesis.settings(SETTINGS, max_examples=12)) >= 300
