"""Commands, run as `manage.py` runs them."""

from io import StringIO
from typing import Any

from django.core.management import get_commands, load_command_class

REFUSAL = (
    "there is no SQL database here: only models of otp.dynamo can be read and written, in tables that "
    "`manage.py dynamo_sync` makes instead of migrations"
)


def run(name: str, *arguments: str) -> tuple[str, Any]:
    """What a command wrote to stderr, and its exit code."""
    command: Any = load_command_class(get_commands()[name], name)
    errors = StringIO()
    command.stderr._out = errors
    command.stdout._out = StringIO()
    try:
        command.run_from_argv(["manage.py", name, *arguments])
    except SystemExit as end:
        return errors.getvalue(), end.code
    return errors.getvalue(), 0
