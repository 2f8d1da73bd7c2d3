"""Which modules are changed, and which tests have to notice."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MODULES = (
    "otp.rules",
    "otp.clock",
    "otp.signin.send",
    "otp.signin.codes",
    "otp.signin.verify",
    "otp.signin.attempts",
    "otp.signin.finish",
    "otp.signin.sessions",
    "otp.signin.membership",
    "otp.signin.budgets",
    "otp.signin.quotas",
    "otp.signin.log",
    "otp.signin.flows",
    "otp.signin.callers",
    "otp.signin.devices",
    "otp.tokens.service",
    "otp.tokens.rotation",
    "otp.tokens.signed",
    "otp.accounts.change",
)

# The tests that run against each mutant. The others are slow or test something else.
TESTS = (
    "tests/test_rules.py",
    "tests/test_clock.py",
    "tests/signin",
    "tests/accounts/test_change.py",
    "tests/accounts/test_change_attacks.py",
    "tests/accounts/test_change_races.py",
    "tests/accounts/test_own.py",
    "tests/pages/test_change.py",
    "tests/pages/test_sessions.py",
    "tests/tokens",
    "tests/api/test_views.py",
    "tests/api/test_requests.py",
)
WARM_UP = "test_a_code_is_sent_and_verified"  # run once in the process that is forked for each mutant
LIBRARIES = ("boto3", "botocore", "cryptography", "django", "flask", "jwt", "moto", "werkzeug")
SLOWEST = 4.0  # CPU seconds; slower tests don't run against mutants
