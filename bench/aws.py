"""The AWS of the contestants: prepared answers, by operation, to whatever they ask.

`Stub` answers within their process, below botocore, which still builds, validates and signs each request, and parses
each answer. `Server` answers over HTTP, without TLS, from a process of its own, so that its CPU time isn't counted.
"""

import base64
import json
import subprocess
import sys
import urllib.request
import zlib
from collections import deque
from email import message_from_bytes
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

HOST = "127.0.0.1"
ASKED = 100  # requests that are kept
TARGET = "X-Amz-Target"  # the header that names the operation, except of SES

Json = dict[str, Any]
Asked = list[tuple[str, Json]]  # the operation and the request


def text_of(mail: Json) -> str:
    """The text of a mail, from the request that sends it."""
    made = message_from_bytes(base64.b64decode(mail["Content"]["Raw"]["Data"]))
    text = made.get_payload(0) if made.is_multipart() else made
    return text.get_payload(decode=True).decode()  # type: ignore[union-attr]


class Answers:
    """The answer to each operation: an object, or a pair of a status and an object; `{}` unless `given` has one.

    `asked` returns the last requests, those since it was called before.
    """

    def __init__(self) -> None:
        self.given: Json = {}
        self._asked: deque[tuple[str, bytes]] = deque(maxlen=ASKED)

    def asked(self) -> Asked:
        found = [(operation, json.loads(body)) for operation, body in self._asked]
        self._asked.clear()
        return found

    def answer(self, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """The status, the headers and the body for a request with this X-Amz-Target."""
        operation = target.rpartition(".")[2]
        self._asked.append((operation, body))
        answer = self.given.get(operation, {})
        status, content = answer if isinstance(answer, list | tuple) else (200, answer)
        found = json.dumps(content).encode()
        headers = {"content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "1"}
        return status, headers | {"x-amz-crc32": str(zlib.crc32(found))}, found


class Raw:
    """The part of urllib3's response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *args: Any, **kwargs: Any) -> list[bytes]:
        return [self.body]


class Stub:
    """Answers within this process."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self._answers = Answers()
        answers = self._answers

        def send(session: Any, request: Any) -> AWSResponse:
            if request.method == "GET":  # a connection that is opened early
                return AWSResponse(request.url, 200, {}, Raw(b""))
            target = request.headers.get(TARGET, b"SendEmail")
            named = target.decode() if isinstance(target, bytes) else target
            status, headers, body = answers.answer(named, request.body)
            return AWSResponse(request.url, status, headers, Raw(body))

        URLLib3Session.send = send  # type: ignore[method-assign]

    def give(self, answers: Json) -> None:
        """From now on, answer so."""
        self._answers.given = answers

    def asked(self) -> Asked:
        """The last requests, those since it was called before."""
        return self._answers.asked()


class Server:
    """Answers over HTTP. It ends with this process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.aws_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._url = f"http://{HOST}:{self._process.stdout.readline().strip()}"  # type: ignore[union-attr]
        self.environment = {"AWS_ENDPOINT_URL": self._url}

    def give(self, answers: Json) -> None:
        self._put(answers)

    def asked(self) -> Asked:
        return [(operation, request) for operation, request in self._put(None)]

    def _put(self, answers: Json | None) -> Any:
        request = urllib.request.Request(self._url, json.dumps(answers).encode(), method="PUT")  # noqa: S310
        with urllib.request.urlopen(request) as response:  # noqa: S310
            return json.loads(response.read())
