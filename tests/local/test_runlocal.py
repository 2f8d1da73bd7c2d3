import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from otp.local import embedded
from tests.support.timeouts import TIMEOUT

pytestmark = pytest.mark.slow


def free_port():
    with embedded.listen(0) as listener:
        return str(listener.getsockname()[1])


@contextmanager
def runlocal(**environment):
    """`manage.py runlocal` as a process with its own ports; arguments set PORT, AWS_PORT and other variables."""
    ports = {"PORT": free_port(), "AWS_PORT": free_port()}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with subprocess.Popen(
        [sys.executable, "manage.py", "runlocal"],
        env=inherited | ports | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_address(process):
    for line in process.stdout:
        if found := re.match(r"Open (\S+)", line):
            return found[1]
    pytest.fail(process.stderr.read())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal_and_ends_silently(number):
    with runlocal() as process:
        address = read_address(process)
        assert urlopen(address).status == 200
        assert urlopen(f"{address}inbox/").status == 200
        process.send_signal(number)
        process.send_signal(number)  # twice, as from the terminal and from make
        _, errors = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("variable", ["PORT", "AWS_PORT"])
def test_a_taken_port_gives_one_line_with_the_remedy(variable):
    with embedded.listen(0) as taken:
        port = str(taken.getsockname()[1])
        with runlocal(**{variable: port}) as process:
            _, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 1
    assert errors.splitlines() == [
        f"CommandError: Port {port} can't be used (Address already in use): choose another, like {variable}=8123."
    ]


def test_a_dynamodb_that_does_not_answer_gives_one_line_with_the_remedy():
    url = f"http://127.0.0.1:{free_port()}"
    with runlocal(AWS_ENDPOINT_URL_DYNAMODB=url) as process:
        output, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 1
    assert f"DynamoDB is {url}, not the embedded one." in output
    assert len(errors.splitlines()) == 1
    assert f"No DynamoDB answers at {url}." in errors


@pytest.mark.dynamodb_local
def test_the_site_runs_on_dynamodb_local(dynamodb_local_url):
    with runlocal(AWS_ENDPOINT_URL_DYNAMODB=dynamodb_local_url) as process:
        assert urlopen(read_address(process)).status == 200


def test_connections_that_send_nothing_do_not_stop_the_site():
    """Of waitress's default of 100 connections none would be left."""
    with runlocal() as process:
        address = read_address(process)
        place = urlsplit(address)
        idle = [socket.create_connection((place.hostname, place.port)) for _ in range(110)]
        assert urlopen(address, timeout=TIMEOUT).status == 200
        for each in idle:
            each.close()


def test_a_command_without_a_server_gives_one_line_with_the_remedy():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "manage.py", "staff", "list"]
    ended = subprocess.run(command, env=environment | {"AWS_PORT": free_port()}, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        "DynamoDB query otp_accounts: EndpointConnectionError. Is `make run` running, with the same AWS_PORT?"
    ]
