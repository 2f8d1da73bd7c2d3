"""Local mode for the tests: an embedded AWS of their own, emptied after each test."""

import os
from collections.abc import Iterator
from io import StringIO

import django
import pytest
from django.utils import translation

# A developer's own settings and credentials must not reach the tests, nor the tests a real account.
for name in [name for name in os.environ if name.startswith(("AWS_", "OTP_", "DYNAMO_TABLE_"))]:
    del os.environ[name]
os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}

from otp.local import embedded  # noqa: E402

LISTENER = embedded.listen(0)
os.environ |= {
    "AWS_PORT": str(LISTENER.getsockname()[1]),
    "DJANGO_SETTINGS_MODULE": "otpsite.settings",
    "OTP_LOCAL": "1",
}

# What needs Django's models comes after this.
django.setup()

pytest_plugins = ["tests.aws", "tests.live", "tests.fuzz", "tests.dynamodb_local", "tests.browser", "tests.lambda.accounts"]


@pytest.fixture(scope="session")
def embedded_aws() -> Iterator[str]:
    """The embedded AWS with the project's tables in it; its URL."""
    from django.core.management import call_command

    server = embedded.start(LISTENER)
    call_command("dynamo_sync", stdout=StringIO())
    yield embedded.url()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def english() -> None:
    """Each test begins in English, whatever the last request of the one before asked for."""
    translation.activate("en")
