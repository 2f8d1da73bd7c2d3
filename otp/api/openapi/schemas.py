"""Schemas and responses shared by the operations of the OpenAPI document."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from otp.conf import conf
from otp.exceptions import InvalidRequest, OTPError

Schema = dict[str, Any]

STATUSES = {
    400: "The request is malformed. Repeating it unchanged is of no use",
    401: "The code or token is wrong, missing or expired",
    403: "Refused, although the request is well-formed",
    404: "There is no such thing, or it was used already",
    413: "The body is larger than 8 KiB",
    429: "Too many codes were requested. Wait for `retry_after` seconds",
    500: "A bug. The server's log has its details next to `error_id`",
    503: "Message delivery or storage failed. Repeat the request in `retry_after` seconds",
}

NUMBER = {"type": "integer", "minimum": 0}
SECONDS = {**NUMBER, "description": "Seconds", "examples": [60]}
# The fields of refusals, beside `message` and `code`.
FIELDS: dict[str, Schema] = {
    "actions": {"type": "array", "items": {"type": "string"}, "examples": [["send_otp", "verify_otp"]]},
    "attempts_left": {**NUMBER, "description": "How many attempts the code has left", "examples": [5]},
    "error_id": {
        "type": "string",
        "description": "What to quote to the site's operators, whose log has it",
        "examples": ["1f0c9a2b"],
    },
    "retry_after": SECONDS,
}


def success(code: str, optional: Schema | None = None, **fields: Schema) -> Schema:
    """The body of a successful response."""
    return {
        "title": code,
        "type": "object",
        "required": ["message", "code", *fields],
        "properties": {"message": {"type": "string"}, "code": {"const": code}, **fields, **(optional or {})},
    }


def response(description: str, schema: Schema, examples: Schema | None = None) -> Schema:
    content = {"schema": schema, **({"examples": examples} if examples else {})}
    return {"description": description, "content": {"application/json": content}}


def refusals(kinds: Iterable[type[OTPError]], malformed: Iterable[str] = ()) -> Schema:
    """The responses to these errors, by status. `malformed` are the words that InvalidRequest is raised with."""
    bodies: dict[int, list[Schema]] = defaultdict(list)
    for word in malformed:
        bodies[400].append({"message": str(InvalidRequest.MESSAGES[word]), "code": word})
    for kind in kinds:
        bodies[kind.status].append(example(kind))
    return {str(status): refusal(STATUSES[status], bodies[status]) for status in sorted(bodies)}


def example(kind: type[OTPError]) -> Schema:
    """The body of a response to this error."""
    fields = {name: getattr(kind, name, "") for name in kind.fields}
    return {
        "message": str(kind.message) % {"limit": conf.max_attempts},
        "code": kind.code,
        **{name: FIELDS[name]["examples"][0] if value == "" else value for name, value in fields.items()},
    }


def refusal(description: str, bodies: list[Schema]) -> Schema:
    """A response whose body is like one of these."""
    fields = sorted({name for body in bodies for name in body if name in FIELDS})
    schema = {
        "type": "object",
        "required": ["message", "code"],
        "properties": {
            "message": {"type": "string"},
            "code": {"enum": sorted(body["code"] for body in bodies)},
            **{name: FIELDS[name] for name in fields},
        },
    }
    return response(description, schema, {body["code"]: {"value": body} for body in bodies})
