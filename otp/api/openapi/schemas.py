"""What the descriptions of all operations of the API are made of."""

from collections.abc import Iterable
from typing import Any

from otp import exceptions

Schema = dict[str, Any]

# What an error carries beside message and code.
DATA = {
    exceptions.CodeInvalid: "attempts_left",
    exceptions.AttemptsExceeded: "attempts_left",
    exceptions.TooManySends: "retry_after",
}
STATUSES = {
    400: "The request is not well-formed",
    401: "What should open the door does not",
    403: "Known, and refused",
    404: "Not here, or used before",
    413: "The body is too large",
    429: "Too many codes were asked for",
    500: "Our fault; it is in the log",
    503: "The mail or the tables failed; nothing was lost, try again",
}

SECONDS = {"type": "integer", "minimum": 0, "description": "Seconds"}


def says(code: str, optional: Schema | None = None, **fields: Schema) -> Schema:
    return {
        "title": code,
        "type": "object",
        "required": ["message", "code", *fields],
        "properties": {"message": {"type": "string"}, "code": {"const": code}, **fields, **(optional or {})},
    }


def body_of(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def refusals(kinds: Iterable[type[exceptions.OTPError]], also: dict[int, tuple[str, ...]] | None = None) -> Schema:
    """The answers of these errors, by status; `also` gives words that have no class of their own."""
    words: dict[int, list[str]] = {status: list(more) for status, more in (also or {}).items()}
    data: dict[int, set[str]] = {}
    for kind in kinds:
        words.setdefault(kind.status, []).append(kind.code)
        data.setdefault(kind.status, set()).update(name for base, name in DATA.items() if issubclass(kind, base))
    return {
        str(status): body_of(
            STATUSES[status],
            {
                "type": "object",
                "required": ["message", "code"],
                "properties": {
                    "message": {"type": "string"},
                    "code": {"enum": sorted(words[status])},
                    **{name: {"type": "integer", "minimum": 0} for name in sorted(data.get(status, ()))},
                },
            },
        )
        for status in sorted(words)
    }
