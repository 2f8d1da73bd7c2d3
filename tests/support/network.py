"""A network between botocore and AWS that counts requests and makes one of them fail."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.util import setup_testing_defaults

import botocore.endpoint
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session

from otp.dynamo import client
from otp.local import embedded
from tests.support.faults import Answer, Raw, error, lost, refused


@contextmanager
def without_network(application: Any) -> Iterator[None]:
    """Hand requests to the embedded AWS to its WSGI application, and all others to the network."""
    real, start = URLLib3Session.send, f"{embedded.url()}/"

    def send(session: Any, request: Any) -> Any:
        if not request.url.startswith(start):
            return real(session, request)
        responses: list[tuple[str, list[tuple[str, str]]]] = []
        chunks = application(environ_of(request), lambda *response: responses.append(response))
        body = b"".join(chunks)
        (status, headers), *_ = responses
        return AWSResponse(request.url, int(status.split()[0]), HeadersDict(headers), Raw(body))

    URLLib3Session.send = send
    try:
        yield
    finally:
        URLLib3Session.send = real


def environ_of(request: Any) -> dict[str, Any]:
    """The WSGI environment of a request to AWS."""
    url, body = urlsplit(request.url), request.body or b""
    body = body.encode() if isinstance(body, str) else body
    environ = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "HTTP_HOST": url.netloc,
        "wsgi.input": BytesIO(body),
    }
    setup_testing_defaults(environ)
    for name, value in request.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value.decode() if isinstance(value, bytes) else value
    environ["CONTENT_TYPE"] = environ.get("HTTP_CONTENT_TYPE", "")
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


class Killed(BaseException):
    """The process was killed here. No code of the site may catch it."""


def unheard(request: Any, send: Any) -> Any:
    """The request never arrived, and the connection timed out."""
    raise ReadTimeoutError(endpoint_url=request.url)


def throttled(request: Any, send: Any) -> Any:
    """The throttling error of the service."""
    words = {"SendEmail": ("TooManyRequestsException", 429), "Publish": ("Throttled", 429)}
    code, status = words.get(operation_of(request), ("ThrottlingException", 400))
    return service_error(request, code, status)


def refused_in_transaction(reason: str) -> Answer:
    def answer(request: Any, send: Any) -> Any:
        if operation_of(request) != "TransactWriteItems":
            return send(request)
        return error("TransactionCanceledException", CancellationReasons=[{"Code": reason}])(request, send)

    return answer


def broken_down(request: Any, send: Any) -> Any:
    return service_error(request, "InternalServerError", 500)


def rejected(request: Any, send: Any) -> Any:
    """AWS refuses: sending is paused, or the recipient isn't verified. DynamoDB has no such error."""
    if operation_of(request) not in ("SendEmail", "Publish"):
        return send(request)
    return service_error(request, "MessageRejected", 400)


def half_an_answer(request: Any, send: Any) -> Any:
    return altered(send(request), lambda body: body[: len(body) // 2])


def nonsense(request: Any, send: Any) -> Any:
    return altered(send(request), lambda body: b'["nonsense"]')


def killed_before(request: Any, send: Any) -> Any:
    raise Killed


def killed_after(request: Any, send: Any) -> Any:
    send(request)
    raise Killed


# Each with the seconds until botocore notices: one for a connection; for a response, the timeout of the channel, or
# DYNAMO_TIMEOUT (one on a live site).
FAULTS: dict[str, tuple[Answer, float]] = {
    "refused": (refused, 1),
    "never arrived": (unheard, 1),
    "answer lost": (lost, 1),
    "throttled": (throttled, 0),
    "throttled in a transaction": (refused_in_transaction("ThrottlingError"), 0),
    "in conflict": (refused_in_transaction("TransactionConflict"), 0),
    "broken down": (broken_down, 0),
    "rejected": (rejected, 0),
    "half an answer": (half_an_answer, 0),
    "nonsense": (nonsense, 0),
    "killed before": (killed_before, 0),
    "killed after": (killed_after, 0),
}
REPEATED = ("refused", "never arrived", "answer lost", "throttled", "in conflict", "broken down")  # by SDK or site
MAIL_TIMEOUT = 3  # seconds, in otp.delivery.aws


@dataclass
class Network:
    """The requests of a flow, the operation that was `hit`, and the `seconds` that the caller waited."""

    requests: list[str] = field(default_factory=list)
    hit: str = ""
    seconds: float = 0


@contextmanager
def harmed(position: int, fault: str, *, lasting: bool) -> Iterator[Network]:
    """Make the request at a position (from 0) fail; if `lasting`, also all later requests of the same operation."""
    network, real, known = Network(), URLLib3Session.send, {}
    answer, costs = FAULTS[fault]

    def carry_out(session: Any, request: Any) -> Any:
        """Carry out a transaction once per token, as DynamoDB does. moto ignores tokens."""
        token = (
            json.loads(request.body)["ClientRequestToken"] if operation_of(request) == "TransactWriteItems" else None
        )
        if token in known:
            return altered(known[token], lambda body: body)
        answered = real(session, request)
        if token and answered.status_code == 200:
            known[token] = answered
        return answered

    def send(session: Any, request: Any) -> Any:
        operation = operation_of(request)
        network.requests.append(operation)
        first = len(network.requests) == position + 1
        if not first and not (lasting and network.hit == operation):
            return carry_out(session, request)
        network.hit = operation
        network.seconds += costs * (MAIL_TIMEOUT if operation in ("SendEmail", "Publish") else 1)
        return answer(request, lambda request: carry_out(session, request))

    def wait(seconds: float) -> None:
        network.seconds += seconds

    URLLib3Session.send = send
    waits = [(botocore.endpoint.time, "sleep"), (client.time, "sleep")]
    before = [getattr(module, name) for module, name in waits]
    for module, name in waits:
        setattr(module, name, wait)
    try:
        yield network
    finally:
        URLLib3Session.send = real
        for (module, name), function in zip(waits, before, strict=True):
            setattr(module, name, function)


def operation_of(request: Any) -> str:
    """`GetItem`, `SendEmail`, `Publish` …"""
    target = request.headers.get("X-Amz-Target", b"")
    if target:
        return (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
    return "SendEmail" if request.url.endswith("/outbound-emails") else "Publish"


def service_error(request: Any, code: str, status: int) -> AWSResponse:
    if operation_of(request) != "Publish":
        return error(code, status)(request, None)
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    return AWSResponse(request.url, status, {"content-type": "text/xml"}, Raw(body.encode()))


def altered(response: AWSResponse, change: Callable[[bytes], bytes]) -> AWSResponse:
    """The response with another body and unchanged headers, including the checksum."""
    return AWSResponse(response.url, response.status_code, response.headers, Raw(change(response.content)))
