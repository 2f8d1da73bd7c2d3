"""`manage.py demo_data`: a made-up log for the local site."""

import re
import subprocess
import sys
from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command

from otp.local import demo
from otp.models import LogEntry
from otp.stats.rollup import stats
from tests.support.entries import NOW

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def half_past_two(clock):
    clock.move_to(NOW)


def demo_data(days, per_day, stdout=None):
    stdout = stdout or StringIO()
    call_command("demo_data", days=days, per_day=per_day, stdout=stdout)
    return stdout.getvalue()


def test_it_writes_attempts_in_batches_of_25_and_counts_them(requests_log):
    said = demo_data(2, 100)
    written = requests_log.operations.count("BatchWriteItem")
    number = int(said.split()[0])
    assert 100 < number <= 200
    assert written == -(-number // 25)
    assert LogEntry.objects.count() == number
    assert 0.5 < stats("30d")["total"]["success_rate"] <= 1


def test_stored_figures_are_counted_again(settings):
    settings.OTP_LOG_DAYS = 4
    assert stats("24h")["total"]["sends"] == 0
    demo_data(2, 100)
    assert stats("24h")["total"]["sends"] > 10


def test_its_days_have_a_plausible_rhythm():
    made = demo.entries(NOW, days=30, per_day=200)
    assert all(entry.created_at <= NOW for entry in made)
    assert sum(entry.took or 0 for entry in made) > 0
    outcomes = Counter(entry.outcome for entry in made)
    assert {"otp_sent", "otp_verified", "otp_invalid", "otp_attempts_exceeded", "delivery_failed"} <= outcomes.keys()
    hours = Counter(entry.created_at.hour for entry in made)
    assert hours[9] > 3 * hours[3]
    days = Counter(entry.created_at.date().weekday() for entry in made)
    assert days[1] > days[6]
    failures = Counter(entry.address for entry in made if entry.outcome == "otp_invalid")
    assert failures.most_common(1)[0][0] in demo.ATTACKED


def test_a_terminal_shows_a_progress_bar():
    class Terminal(StringIO):
        def isatty(self):
            return True

    said = demo_data(1, 60, Terminal())
    assert [len(bar) for bar in re.findall(r"\r\[(#+)", said)] == [17, 35, 40]


def test_the_command_exists_in_local_mode_only():
    """Only local mode installs the app of this command."""
    run = subprocess.run(
        [sys.executable, "manage.py", "demo_data"],
        env={"OTP_LOCAL": "0", "OTP_KEYS": "k" * 32, "OTP_FROM_EMAIL": "a@example.com", "OTP_ALLOWED_HOSTS": "x"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "Unknown command: 'demo_data'" in run.stderr
