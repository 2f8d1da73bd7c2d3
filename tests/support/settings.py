"""The settings of the tests, and the environment that they are read from.

pytest-django loads this before any conftest.py, in each worker of pytest-xdist. A worker inherits the environment of
the main process, so the environment is set here each time, with a port of its own for the embedded AWS.
"""

import os
import socket

OWN = ("AWS_", "DJANGO_", "DYNAMO_TABLE_", "OTP_")
OTHERS = {"PORT", "STAGE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}

# Open until the embedded AWS starts, so that no other process takes the port.
LISTENER = socket.create_server(("127.0.0.1", 0))

# The tests must not use a developer's settings or credentials, or reach a real account.
for name in [name for name in os.environ if name.startswith(OWN) or name.upper() in OTHERS]:
    del os.environ[name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_PORT": str(LISTENER.getsockname()[1]),
    # Playwright leaves an event loop in the tests' thread, because of which Django would refuse transactions in later
    # tests. Neither the site nor a test is asynchronous.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    "DJANGO_SETTINGS_MODULE": "otpsite.settings",  # inherited by processes that tests start
    "OTP_LOCAL": "1",
}

from otpsite.settings import *  # noqa: E402, F403
