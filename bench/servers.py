"""Local servers for the benchmarks: DynamoDB Local, and other processes that serve HTTP."""

import logging
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

HOST = "127.0.0.1"
JAR = Path(__file__).parent.parent / "build" / "dynamodb-local"
STARTS_WITHIN = 60  # seconds


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def running(command: list[str], port: int, **options: object) -> Iterator[str]:
    """Run a server for the block, and yield its URL once it accepts connections."""
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **silent, **options) as process:  # type: ignore[call-overload]
        try:
            deadline = time.monotonic() + STARTS_WITHIN
            while True:
                try:
                    socket.create_connection((HOST, port), timeout=1).close()
                    break
                except OSError:
                    if time.monotonic() > deadline or process.poll() is not None:
                        raise
                    time.sleep(0.1)
            yield f"http://{HOST}:{port}"
        finally:
            process.terminate()


@contextmanager
def dynamodb() -> Iterator[str]:
    """Run an empty DynamoDB Local and yield its URL. Raises FileNotFoundError unless `make dynamodb-local` was run."""
    if not (JAR / "DynamoDBLocal.jar").exists():
        raise FileNotFoundError("DynamoDB Local is missing: run `make dynamodb-local`")
    port = free_port()
    java = ["java", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory", "-port"]
    with running([*java, str(port)], port, cwd=JAR, env={**os.environ, "DDB_LOCAL_TELEMETRY": "0"}) as url:
        yield url


@contextmanager
def postgresql() -> Iterator[str]:
    """Run an empty PostgreSQL of Debian's package in a folder of its own, and yield its port; "" without the package.

    It refuses to run as root, so root runs it as nobody.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        yield ""
        return
    user = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
    with TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, "nobody")
        data, port = f"{folder}/data", str(free_port())
        options = {"cwd": folder, **user}
        made = [found[-1] / "initdb", "--pgdata", data, "--auth=trust", "--username=bench", "--encoding=UTF8"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
        command = [str(found[-1] / "postgres"), "-D", data, "-p", port, "-h", HOST, "-k", folder]
        with running(command, int(port), **options):
            yield port


def be_the_site(dynamodb_url: str) -> None:
    """Set up Django in this process as the local site on that DynamoDB, create the tables, and embed an SES."""
    port = free_port()
    os.environ |= {
        "OTP_LOCAL": "1",
        "DJANGO_SETTINGS_MODULE": "otpsite.settings",
        "AWS_PORT": str(port),
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url,
    }
    import django

    django.setup()
    logging.disable(logging.INFO)
    from django.core.management import call_command

    from otp.local import embedded

    embedded.start(embedded.listen(port))
    call_command("dynamo_sync", stdout=StringIO())
