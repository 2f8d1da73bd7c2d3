"""The management commands that the function may run."""

import shlex

from django.core.management import get_commands

from otpsite.jobs import COMMANDS, SCHEDULED


def test_every_listed_command_exists():
    assert set(COMMANDS) <= set(get_commands())


def test_commands_that_run_code_or_change_tables_are_not_listed():
    assert not {"shell", "runserver", "testserver", "runlocal", "dynamo_sync"} & set(COMMANDS)


def test_every_rule_runs_a_listed_command(stage):
    assert {shlex.split(line)[0] for line in SCHEDULED.values()} <= set(COMMANDS)
    assert {event["function"] for event in stage.settings.get("events", [])} == set(SCHEDULED)
