"""Fixtures: Amazon's DynamoDB Local, whose parallel requests race as DynamoDB's do."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from django.core.management import call_command

from otp.local import embedded
from tests.support.clients import forget_dynamodb_client
from tests.support.tiers import unavailable
from tests.support.timeouts import TIMEOUT

HOME = Path(os.environ.get("DYNAMODB_LOCAL") or "build/dynamodb-local")


@pytest.fixture(scope="session")
def dynamodb_local_url() -> Iterator[str]:
    """The URL of a running DynamoDB Local."""
    if not shutil.which("java"):
        unavailable("DynamoDB Local needs java")
    if not (HOME / "DynamoDBLocal.jar").exists():
        unavailable(
            f"no DynamoDBLocal.jar in {HOME} (make dynamodb-local fetches it, DYNAMODB_LOCAL names another folder)"
        )
    with embedded.listen(0) as listener:
        port = listener.getsockname()[1]
    command = ["java", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory", "-port"]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    private = {**os.environ, "DDB_LOCAL_TELEMETRY": "0"}
    with subprocess.Popen([*command, str(port)], cwd=HOME, env=private, **silent) as java:
        try:
            wait_for(port, java)
            yield f"http://{embedded.HOST}:{port}"
        finally:
            java.terminate()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((embedded.HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("DynamoDB Local did not start", pytrace=False)


@pytest.fixture
def dynamodb_local(dynamodb_local_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Connect the project's client to DynamoDB Local, with new, empty tables. Yields the server's URL."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_local_url)
    drop_tables(dynamodb_local_url)
    forget_dynamodb_client()
    try:
        call_command("dynamo_sync", stdout=StringIO())
        yield dynamodb_local_url
    finally:
        forget_dynamodb_client()


def drop_tables(url: str) -> None:
    """Drop all tables. Uses its own client: a large table takes longer to delete than the site's client waits."""
    aws = boto3.client("dynamodb", endpoint_url=url, config=Config(read_timeout=TIMEOUT))
    for name in aws.list_tables()["TableNames"]:
        aws.delete_table(TableName=name)


@pytest.fixture(
    params=[
        pytest.param("embedded", id="embedded"),
        pytest.param("dynamodb_local", id="dynamodb-local", marks=pytest.mark.dynamodb_local),
    ]
)
def storage(request: pytest.FixtureRequest) -> None:
    """Run the test twice: on the embedded AWS and on DynamoDB Local."""
    if request.param != "embedded":
        request.getfixturevalue(request.param)
