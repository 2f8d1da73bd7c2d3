"""A stub of AWS without a network: it replaces botocore's HTTP session and returns prepared responses.

botocore still builds, validates and signs each request, and parses each response.
"""

import base64
import json
import zlib
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

Item = dict[str, Any]
Answerer = Callable[[str, Item], Any]


def text_of(mail: Item) -> str:
    """The text of a mail, from the request that sends it."""
    made = message_from_bytes(base64.b64decode(mail["Content"]["Raw"]["Data"]))
    text = made.get_payload(0) if made.is_multipart() else made
    return text.get_payload(decode=True).decode()  # type: ignore[union-attr]


class Raw:
    """The part of urllib3's response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *args: Any, **kwargs: Any) -> list[bytes]:
        return [self.body]


def install(answer: Answerer) -> None:
    """From now on, answer each AWS request of this process with `answer(operation, request)`.

    It returns the object of the JSON response, or a pair of the status and that object.
    """

    def send(session: Any, request: Any) -> AWSResponse:
        target = request.headers.get("X-Amz-Target", b"SendEmail")
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        answered = answer(operation, json.loads(request.body or "{}"))
        status, content = answered if isinstance(answered, tuple) else (200, answered)
        body = json.dumps(content).encode()
        headers = {"content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "1"}
        if operation != "SendEmail":
            headers["x-amz-crc32"] = str(zlib.crc32(body))
        return AWSResponse(request.url, status, headers, Raw(body))

    URLLib3Session.send = send  # type: ignore[method-assign]
