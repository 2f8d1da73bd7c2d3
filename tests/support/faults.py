"""Faults between botocore and the network: requests that fail, and responses that are lost or damaged."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError

from otp.dynamo.client import client

Answer = Callable[[Any, Callable[[Any], Any]], Any]


def refused(request: Any, send: Any) -> Any:
    """No connection could be made."""
    raise ConnectTimeoutError(endpoint_url=request.url)


def lost(request: Any, send: Any) -> Any:
    """The request was carried out, but its response never arrived."""
    send(request)
    raise ReadTimeoutError(endpoint_url=request.url)


def error(code: str, status: int = 400, **more: Any) -> Answer:
    """An error response of the service."""
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no", **more}).encode()

    def answer(request: Any, send: Any) -> Any:
        return AWSResponse(request.url, status, {"content-type": "application/x-amz-json-1.0"}, Raw(body))

    return answer


class Raw:
    """The part of urllib3's response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        yield self.body


@contextmanager
def faulty(operation: str, *answers: Answer, of: Any = None) -> Iterator[list[str]]:
    """Answer the next requests of one operation with these, one each. Yields the operations that were requested.

    `of` is the client; by default that of DynamoDB.
    """
    session = (of or client())._endpoint.http_session
    real, left, seen = session.send, list(answers), []

    def send(request: Any) -> Any:
        name = request.headers.get("X-Amz-Target", b"SendEmail")
        name = (name.decode() if isinstance(name, bytes) else name).rpartition(".")[2]
        seen.append(name)
        return left.pop(0)(request, real) if name == operation and left else real(request)

    session.send = send
    try:
        yield seen
    finally:
        del session.send


def cut_off(request: Any, send: Any) -> Any:
    """The request was carried out; the connection ended in the middle of the response."""
    send(request)
    raise ConnectionClosedError(endpoint_url=request.url)


def half(request: Any, send: Any) -> Any:
    """The request was carried out; half of the response arrived as if it were complete."""
    answer = send(request)
    return AWSResponse(request.url, answer.status_code, answer.headers, Raw(answer.content[: len(answer.content) // 2]))


def saying(body: bytes, status: int = 200) -> Answer:
    """A proxy between client and service responds. With status 200, the request was carried out too."""

    def answer(request: Any, send: Any) -> Any:
        if status == 200:
            send(request)
        return AWSResponse(request.url, status, {"content-type": "text/html"}, Raw(body))

    return answer
