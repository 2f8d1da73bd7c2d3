"""Running the project's system checks."""

from django.core.checks import run_checks

STRONG = "correct-horse-battery-staple-0123456789"


def found():
    """The messages of the project's checks, by id."""
    return {message.id: message for message in run_checks() if message.id.startswith("otp.")}
