"""The short list of what the function runs beside requests."""

import shlex

from django.core.management import get_commands

from otpsite.jobs import COMMANDS, SCHEDULED


def test_every_listed_command_is_one():
    assert set(COMMANDS) <= set(get_commands())


def test_none_of_them_runs_what_its_words_say():
    assert not {"shell", "runserver", "testserver", "runlocal", "dynamo_sync"} & set(COMMANDS)


def test_every_rule_runs_a_listed_command(stage):
    assert {shlex.split(line)[0] for line in SCHEDULED.values()} <= set(COMMANDS)
    assert {event["function"] for event in stage.settings.get("events", [])} == set(SCHEDULED)
