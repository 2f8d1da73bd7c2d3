"""A local Lambda: the unchanged zip with AWS's own runtime client, and a local server for the Runtime API.

The function has its own environment and only the packages of the zip. docs/deploy.md lists what only AWS can show.
"""

import itertools
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from deploy.package import HERE
from deploy.stage import ROOT
from tests.support.timeouts import TIMEOUT

from .guide import BIN

API = "/2018-06-01/runtime"
TIME_LIMIT = 10  # seconds, as in zappa_settings.json
NAME = "otp-prod"
HANDLER = "otpsite.handler.handle"
PYTHON = getattr(sys, "_base_executable", sys.executable)  # without the packages of the tests
CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")

Event = dict[str, Any]


class TimedOut(Exception):
    """The function didn't respond in time."""


class RuntimeAPI(ThreadingHTTPServer):
    """Passes events to one function: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.request_ids = map("request-{}".format, itertools.count(1))
        self.events: queue.Queue[tuple[str, Event]] = queue.Queue()
        self.answers: dict[str, Future[tuple[str, Any]]] = {}  # by request id
        self.ready: queue.Queue[float] = queue.Queue()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def send(self, event: Event) -> Future[tuple[str, Any]]:
        """Queue an event. Returns the future result of that event: ("response" or "error", value)."""
        request_id = next(self.request_ids)
        answer = self.answers[request_id] = Future()
        self.events.put((request_id, event))
        return answer


class Handler(BaseHTTPRequestHandler):
    server: RuntimeAPI
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        # Otherwise each response waits 40 ms for a delayed TCP acknowledgement.
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def do_GET(self) -> None:
        self.server.ready.put(time.perf_counter())
        request_id, event = self.server.events.get()
        deadline = int((time.time() + TIME_LIMIT) * 1000)
        arn = f"arn:aws:lambda:ap-southeast-2:123456789012:function:{NAME}"
        self.reply(200, json.dumps(event).encode(), request_id, str(deadline), arn)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        # The report of a failed start is in the log too.
        if found := re.fullmatch(f"{API}/invocation/([^/]+)/(response|error)", self.path):
            request_id, kind = found.groups()
            self.server.answers[request_id].set_result((kind, json.loads(body)))
        self.reply(202, b"{}")

    def reply(self, status: int, body: bytes, request_id: str = "", deadline: str = "", arn: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if request_id:
            self.send_header("Lambda-Runtime-Aws-Request-Id", request_id)
            self.send_header("Lambda-Runtime-Deadline-Ms", deadline)
            self.send_header("Lambda-Runtime-Invoked-Function-Arn", arn)
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        with suppress(ConnectionError):  # a stopped function closes the connection
            super().handle()

    def log_message(self, *args: Any) -> None:
        """Don't log requests."""


@dataclass
class Function:
    """A running function. `init`: seconds from its start to its first poll for an event; `cpu`: its CPU seconds."""

    process: subprocess.Popen[str]
    api: RuntimeAPI
    log: Path
    init: float = 0.0
    cpu: float = 0.0

    def invoke(self, event: Event) -> Any:
        """The function's response. Raises TimedOut, or RuntimeError with the error that it reported."""
        try:
            kind, answer = self.api.send(event).result(timeout=TIMEOUT)
        except TimeoutError:
            raise TimedOut(self.log.read_text()) from None
        if kind == "error":
            raise RuntimeError(f"{answer['errorType']}: {answer['errorMessage']}")
        return answer

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the process in the block, as Lambda does between two events."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
        yield
        self.process.send_signal(signal.SIGCONT)

    @property
    def peak_memory(self) -> float:
        """The peak memory of the process in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    @property
    def delay(self) -> float:
        """The seconds in which the process was ready to run, but other processes had the CPU."""
        return int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[1]) / 1e9

    @property
    def lines(self) -> list[Event]:
        """The lines of the log that are JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


def unzip(archive: Path, target: Path) -> Path:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(target)
    return target


def runtime_client(target: Path, version: str = HERE) -> Path:
    """A folder with AWS's runtime client for a version of Python, which on Lambda isn't in the zip either."""
    lock = (ROOT / "requirements" / "deploy.txt").read_text()
    locked = "".join(re.findall(rf"^(?:{'|'.join(CLIENT)})==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL))
    subprocess.run(
        [
            *(BIN / "uv", "pip", "install", "--quiet", "--no-config", "--target", target, "--python", sys.executable),
            *("--python-version", version, "--no-deps", "--require-hashes", "--requirement", "-"),
        ],
        input=locked,
        text=True,
        check=True,
    )
    return target


@contextmanager
def function(
    code: Path, client: Path, environment: dict[str, str], log: Path, python: str = PYTHON, handler: str = HANDLER
) -> Iterator[Function]:
    """Start a function as Lambda does, and wait until it polls for an event. Raises RuntimeError if it fails."""
    api = RuntimeAPI()
    Thread(target=api.serve_forever, daemon=True).start()
    lambda_environment = {
        "PATH": os.defpath,
        "PYTHONPATH": str(client),
        "PYTHONDONTWRITEBYTECODE": "1",  # /var/task is read-only
        "LAMBDA_TASK_ROOT": str(code),
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": NAME,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{NAME}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        "AWS_REGION": "ap-southeast-2",
        "AWS_DEFAULT_REGION": "ap-southeast-2",
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_SESSION_TOKEN": "rehearsal",
    }
    start = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(
            [python, "-S", "-m", "awslambdaric", handler],
            cwd=code,
            env=lambda_environment | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    running = Function(process, api, log)
    try:
        running.init = started(running) - start
        running.cpu = cpu_seconds(process.pid)
        yield running
    finally:
        process.kill()
        process.wait()
        api.shutdown()
        api.server_close()


def cpu_seconds(pid: int) -> float:
    """The CPU seconds of a process without its children: fields 14 and 15 of /proc/PID/stat, in ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def started(running: Function) -> float:
    deadline = time.perf_counter() + TIMEOUT
    while time.perf_counter() < deadline:
        try:
            return running.api.ready.get(timeout=0.05)
        except queue.Empty:
            if running.process.poll() is not None:
                break
    raise RuntimeError(f"The function didn't start:\n{running.log.read_text()}")
