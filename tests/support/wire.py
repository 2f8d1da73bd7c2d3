"""A stand-in for the network under all of botocore's clients: it counts requests, breaks one, and keeps time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from tests.support.faults import Answer, Raw

# "once": the SDK's own repetition gets through. "throughout": none of that request's repetitions does.
# "from then on": nor does any request after it.
Lasting = Literal["once", "throughout", "from then on"]


class Killed(BaseException):
    """The process ended here. Nothing in the product may catch it."""


class Wire:
    """What is sent goes through here. `asked` is every request of the SDK's callers, its repetitions not counted."""

    def __init__(self, fault: Answer | None = None, at: int = 0, lasting: Lasting = "once") -> None:
        self.fault, self.at, self.lasting = fault, at, lasting
        self.asked: list[str] = []
        self.ids: list[bytes] = []
        self.carried_out: dict[bytes, AWSResponse] = {}
        self.met = False
        self.spent = 0.0

    def send(self, request: Any, real: Callable[[Any], Any]) -> Any:
        nth, repeated = self.number(request)
        broken = nth == self.at and not (repeated and self.lasting == "once")
        broken = broken or (self.lasting == "from then on" and nth > self.at)
        if not (self.fault and broken):
            return self.carry_out(request, real)
        self.met = True
        try:
            return self.fault(request, lambda request: self.carry_out(request, real))
        except ConnectTimeoutError:
            self.spent += 1
            raise
        except ReadTimeoutError:
            self.spent += 1 if is_dynamodb(request) else 3
            raise

    def number(self, request: Any) -> tuple[int, bool]:
        """The how-manieth request this is, and whether the SDK repeats it."""
        invocation = request.headers["amz-sdk-invocation-id"]
        if repeated := invocation in self.ids:
            return self.ids.index(invocation), repeated
        self.ids.append(invocation)
        self.asked.append(operation(request))
        return len(self.ids) - 1, repeated

    def carry_out(self, request: Any, real: Callable[[Any], Any]) -> Any:
        """Moto would do a transaction again. DynamoDB knows the repetition by its token, and answers as before."""
        token = transaction_token(request)
        if token in self.carried_out:
            before = self.carried_out[token]
            return AWSResponse(request.url, before.status_code, before.headers, Raw(before.content))
        answer = real(request)
        if token and answer.status_code == 200:
            self.carried_out[token] = answer
        return answer


@contextmanager
def wired(wire: Wire) -> Iterator[Wire]:
    """Put it under every client there is."""
    real = URLLib3Session.send
    URLLib3Session.send = lambda session, request: wire.send(request, lambda request: real(session, request))
    try:
        yield wire
    finally:
        URLLib3Session.send = real


def operation(request: Any) -> str:
    target = request.headers.get("X-Amz-Target", b"")
    target = target.decode() if isinstance(target, bytes) else target
    return target.rpartition(".")[2] or ("Publish" if b"Action=Publish" in body(request) else "SendEmail")


def is_dynamodb(request: Any) -> bool:
    return b"DynamoDB" in bytes(request.headers.get("X-Amz-Target", b""))


def transaction_token(request: Any) -> bytes:
    """The SDK's own token of a transaction; empty for every other request."""
    if operation(request) != "TransactWriteItems":
        return b""
    return body(request).partition(b'"ClientRequestToken": "')[2][:36]


def body(request: Any) -> bytes:
    return request.body if isinstance(request.body, bytes) else (request.body or "").encode()
