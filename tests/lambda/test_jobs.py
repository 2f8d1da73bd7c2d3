"""The management commands that the function may run."""

import shlex
from datetime import timedelta

import pytest
from django.core.management import get_commands
from django.utils import timezone

from otpsite.jobs import COMMANDS, SCHEDULED
from tests.support.api import ADDRESS
from tests.support.entries import entry, log

from .events import scheduled
from .site import Site, sign_in


def test_every_listed_command_exists():
    assert set(COMMANDS) <= set(get_commands())


def test_commands_that_run_code_or_change_tables_are_not_listed():
    assert not {"shell", "runserver", "testserver", "runlocal", "dynamo_sync"} & set(COMMANDS)


def test_every_rule_runs_a_listed_command(stage):
    assert {shlex.split(line)[0] for line in SCHEDULED.values()} <= set(COMMANDS)
    assert {event["function"] for event in stage.settings.get("events", [])} == set(SCHEDULED)


@pytest.fixture
def old_log():
    """A log of thirty days without figures. A busier one is measured by `make bench ARGS=counting`."""
    now = timezone.now()
    log(*(entry(now - timedelta(hours=hours)) for hours in range(1, 30 * 24, 6)))


def test_the_first_count_of_a_log_of_thirty_days_makes_few_requests(aws, watched, old_log):
    """One request for each hour, one after the other, would take longer than the function may run."""
    with watched() as running:
        aws.faults.seen.clear()
        assert "Counted until" in running.invoke(scheduled("otp-prod-otp.stats.rollup.roll_up"))["output"]
        assert 0 < len(aws.faults.seen) < 40


def test_the_page_of_thirty_days_makes_few_requests_before_the_first_count(aws, watched, old_log):
    with watched() as running:
        running.invoke({"manage": f"staff add {ADDRESS} --superuser"})
        staff = Site(running)
        sign_in(staff)
        aws.faults.seen.clear()
        page = staff.get("/admin/analytics/?range=30d")
        assert page.status == 200
        assert 0 < len(aws.faults.seen) < 40
