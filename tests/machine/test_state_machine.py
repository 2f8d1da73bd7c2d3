"""Random sequences of sends, attempts, clock jumps, changes of accounts, staff actions, lost responses and strangers,
made by Hypothesis.

The responses of the service, with its real storage, are compared with those of `machine.model`.
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
from tests.machine.model import ADDRESSES, DELETED, START
from tests.machine.owning import Owning
from tests.support.api import mails
from tests.support.aws import empty
from tests.support.dynamodb_local import drop_tables
from tests.support.tiers import REQUIRED

STEPS = 50  # the most of one story
# A tenth of Hypothesis's stories are short ones, so more stories are needed for the number of steps asserted below.
STEPS_PER_SEED, STORIES, SEEDS = (5_000, 130, (1, 2)) if REQUIRED else (300, 10, (1,))
STEPS_ON_LOCAL, STORIES_ON_LOCAL = (300, 12) if REQUIRED else (80, 4)
SETTINGS = hypothesis.settings(
    max_examples=STORIES,
    stateful_step_count=STEPS,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)


class SignIn(Owning):
    executed = 0

    @invariant()
    def a_step_is_counted(self) -> None:
        SignIn.executed += 1

    def teardown(self) -> None:
        """Each send has one mail, each send and attempt one log entry, and each code the right number of attempts."""
        assert len(mails()) == self.model.mailed
        found = Counter()
        for address in [*ADDRESSES, DELETED]:
            entries = LogEntry.objects.filter(address=address).order_by("created_at")
            found.update((address, entry.outcome) for entry in entries)
        expected = Counter()
        for (address, _, outcome), count in self.model.log.items():
            expected[address, outcome] += count
        assert found == +expected
        for (address, flow), live in self.model.codes.items():
            assert Code.objects.get(pk=f"{address} {flow}".strip()).attempts == live.attempts


@pytest.fixture
def machine(settings, monkeypatch):
    """A function that runs the machine, given how to empty the storage, settings and a seed. Returns the steps."""
    settings.OTP_SENDS_PER_IP = settings.OTP_LOG_ENTRIES_PER_IP = 10**9
    settings.OTP_SMS, settings.OTP_SMS_COUNTRIES = True, ["AU"]
    settings.OTP_SMS_PER_NUMBER_DAY = settings.OTP_SMS_PER_PREFIX_DAY = settings.OTP_SMS_PER_DAY = 10**9
    SignIn.settings = settings
    monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda *args: True)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    program = Client()  # shared, because each new client would load the middleware again
    monkeypatch.setattr("tests.support.api.Client", lambda: program)

    def run(clean, chosen, seed):
        SignIn.executed, SignIn.clean = 0, staticmethod(clean)
        with time_machine.travel(START, tick=False) as SignIn.clock:
            run_state_machine_as_test(hypothesis.seed(seed)(SignIn), settings=chosen)
        return SignIn.executed

    return run


@pytest.mark.thorough
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", SEEDS)
def test_thousands_of_steps_match_the_model(machine, seed):
    assert machine(empty, SETTINGS, seed) >= STEPS_PER_SEED


@pytest.mark.thorough
@pytest.mark.dynamodb_local
def test_steps_on_dynamodb_local_match_the_model(machine, dynamodb_local):
    def anew():
        drop_tables(dynamodb_local)
        call_command("dynamo_sync", stdout=StringIO())
        embedded.ses().sent_messages.clear()
        embedded.sns().sms_messages.clear()

    assert machine(anew, hypothesis.settings(SETTINGS, max_examples=STORIES_ON_LOCAL), seed=1) >= STEPS_ON_LOCAL
