"""Starting an example with the command that its header or README gives, from its own folder."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from otp.local import embedded
from otp.tokens import keyring
from tests.support.timeouts import TIMEOUT

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
KEY = keyring.new_key()


@pytest.fixture
def issuer(live_site, settings):
    """The running site, which signs its tokens and names itself as their issuer."""
    settings.OTP_JWT_KEYS, settings.OTP_JWT_ISSUER = [KEY], live_site
    return live_site


def free_port() -> int:
    with embedded.listen(0) as listener:
        return listener.getsockname()[1]


def command(file: Path, program: str) -> str:
    """The line of a file that runs this program."""
    return re.search(rf"^ *((?:[A-Z_]+=\S+ )*{re.escape(program)} .*)$", file.read_text(), re.MULTILINE)[1]


@contextmanager
def running(file: Path, program: str, folder: Path | None = None, **environment: str) -> Iterator[str]:
    """Run the program as the file says, but on a free port. Yields its URL once it answers there.

    `folder` is where, by default the file's own. Programs of Python are those of the tests' environment.
    """
    words = shlex.split(command(file, program))
    variables = {**os.environ, "PORT": str(free_port()), "AWS_PORT": str(free_port())}
    variables.pop("AWS_ENDPOINT_URL")  # the tests' embedded AWS: an example has its own
    while "=" in words[0]:
        name, _, variables[name] = words.pop(0).partition("=")
    variables |= environment
    local = Path(sys.executable).parent / Path(words[0]).name
    words[0] = str(local) if local.exists() else words[0]
    words = [variables["PORT"] if re.fullmatch(r"\d{4}", word) else word for word in words]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(words, cwd=folder or file.parent, env=variables, start_new_session=True, **silent) as process:
        try:
            wait_for(f"http://127.0.0.1:{variables['PORT']}/", process)
            yield f"http://127.0.0.1:{variables['PORT']}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # npx has children


@contextmanager
def demonstration(**environment: str) -> Iterator[tuple[str, str, str]]:
    """Run the demonstration. Yields the URLs of the site, of the bakery and of the garden, with a slash at the end."""
    ports = {"BAKERY_PORT": str(free_port()), "GARDEN_PORT": str(free_port())}
    with running(EXAMPLES / "demo" / "__main__.py", "python", EXAMPLES.parent, **ports, **environment) as site:
        yield f"{site}/", *(f"http://localhost:{port}/" for port in ports.values())


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(url, timeout=TIMEOUT).close()
        except URLError as error:
            if hasattr(error, "code"):
                return  # an HTTP error is an answer
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"{process.args} did not start", pytrace=False)
