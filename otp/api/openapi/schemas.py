"""Schemas and responses shared by the operations of the OpenAPI document."""

from collections.abc import Iterable
from typing import Any

from otp.exceptions import OTPError

Schema = dict[str, Any]

STATUSES = {
    400: "Malformed request",
    401: "Missing or invalid credentials",
    403: "Not allowed",
    404: "Not found, or already used",
    413: "The body is too large",
    429: "Too many codes requested",
    500: "Internal error. It has been logged",
    503: "Message delivery or storage failed. Nothing was lost: try again",
}

NUMBER = {"type": "integer", "minimum": 0}
SECONDS = {**NUMBER, "description": "Seconds"}
FIELDS = {"error_id": {"type": "string", "description": "What to quote to the site's operators, whose log has it"}}


def success(code: str, optional: Schema | None = None, **fields: Schema) -> Schema:
    """The body of a successful response."""
    return {
        "title": code,
        "type": "object",
        "required": ["message", "code", *fields],
        "properties": {"message": {"type": "string"}, "code": {"const": code}, **fields, **(optional or {})},
    }


def response(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def refusals(kinds: Iterable[type[OTPError]], malformed: Iterable[str] = ()) -> Schema:
    """The responses to these errors, by status. `malformed` are the words that InvalidRequest is raised with."""
    words: dict[int, list[str]] = {400: list(malformed)} if malformed else {}
    fields: dict[int, set[str]] = {}
    for kind in kinds:
        words.setdefault(kind.status, []).append(kind.code)
        fields.setdefault(kind.status, set()).update(kind.fields)
    return {
        str(status): response(
            STATUSES[status],
            {
                "type": "object",
                "required": ["message", "code"],
                "properties": {
                    "message": {"type": "string"},
                    "code": {"enum": sorted(words[status])},
                    **{name: FIELDS.get(name, NUMBER) for name in sorted(fields.get(status, ()))},
                },
            },
        )
        for status in sorted(words)
    }
