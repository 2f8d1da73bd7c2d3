"""Faults between botocore and the network: a request that fails, or whose answer is lost after it was carried out."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError

from otp.dynamo.client import client

Answer = Callable[[Any, Callable[[Any], Any]], Any]


def refused(request: Any, send: Any) -> Any:
    """The connection never came about."""
    raise ConnectTimeoutError(endpoint_url=request.url)


def lost(request: Any, send: Any) -> Any:
    """Carried out, but the answer never arrived."""
    send(request)
    raise ReadTimeoutError(endpoint_url=request.url)


def error(code: str, status: int = 400, **more: Any) -> Answer:
    """An error of the service's own."""
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no", **more}).encode()

    def answer(request: Any, send: Any) -> Any:
        return AWSResponse(request.url, status, {"content-type": "application/x-amz-json-1.0"}, Raw(body))

    return answer


class Raw:
    """As much of urllib3's response as botocore reads."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        yield self.body


@contextmanager
def faulty(operation: str, *answers: Answer, of: Any = None) -> Iterator[list[str]]:
    """The next requests of one operation get these answers, one each; then all is well. Yields what was asked."""
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


# -- the matrix's other faults ---------------------------------------------------------------------


def stalled(request: Any, send: Any) -> Any:
    """Connected, but what was sent never arrived, nor did any answer."""
    raise ReadTimeoutError(endpoint_url=request.url)


def cut_off(request: Any, send: Any) -> Any:
    """Carried out; the connection ended in the middle of the answer."""
    send(request)
    raise ConnectionClosedError(endpoint_url=request.url)


def half(request: Any, send: Any) -> Any:
    """Carried out; half an answer came, and nothing says that it is half."""
    answer = send(request)
    return AWSResponse(request.url, answer.status_code, answer.headers, Raw(answer.content[: len(answer.content) // 2]))


def saying(body: bytes, status: int = 200) -> Answer:
    """Carried out if the status is 200; but something on the way answers in its own words."""

    def answer(request: Any, send: Any) -> Any:
        if status == 200:
            send(request)
        return AWSResponse(request.url, status, {"content-type": "text/html"}, Raw(body))

    return answer


def cancelled(reason: str) -> Answer:
    """A transaction that was called off for a reason which is no condition's; any other request is throttled."""
    called_off = error("TransactionCanceledException", CancellationReasons=[{"Code": reason}, {"Code": "None"}])

    def answer(request: Any, send: Any) -> Any:
        in_transaction = b"TransactWriteItems" in bytes(request.headers.get("X-Amz-Target", b""))
        return (called_off if in_transaction else error("ThrottlingException"))(request, send)

    return answer
