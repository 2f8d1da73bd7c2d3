"""Error responses in each of AWS's protocols, and responses that are changed on their way."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from .calls import Call


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def changed(self, change: Callable[[Any], Any]) -> "Answer":
        """A copy whose JSON `change` has changed in place. DynamoDB's checksum is updated for the new body."""
        content = json.loads(self.body)
        change(content)
        body = json.dumps(content).encode()
        headers = self.headers | {"Content-Length": str(len(body))}
        if "x-amz-crc32" in {name.lower() for name in headers}:
            headers = {name: value for name, value in headers.items() if name.lower() != "x-amz-crc32"}
            headers["x-amz-crc32"] = str(zlib.crc32(body))
        return Answer(self.status, headers, body)


def refusal(call: Call, code: str, message: str, status: int = 400) -> Answer:
    """An error response with `code`, in the protocol of the service that was called."""
    if call.protocol in ("query", "rest-xml"):
        error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        body = error if call.protocol == "rest-xml" else f"<ErrorResponse>{error}</ErrorResponse>"
        return Answer(status, {"Content-Type": "text/xml", "Content-Length": str(len(body))}, body.encode())
    body = json.dumps({"__type": code, "message": message})
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code, "Content-Length": str(len(body))}
    if call.prefix == "dynamodb":
        headers["x-amz-crc32"] = str(zlib.crc32(body.encode()))
    return Answer(status, headers, body.encode())
