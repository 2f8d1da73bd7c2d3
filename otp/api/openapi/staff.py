"""The contract of what staff read: see `openapi`."""

from otp import exceptions
from otp.api import staff
from otp.conf import conf
from otp.models import Attempt
from otp.outcomes import Outcome
from otp.stats.counts import FIGURES, Counts
from otp.stats.rollup import RANGES

from .schemas import Schema, body_of, refusals, says

NOT_READ = (exceptions.TokenInvalid, exceptions.StaffOnly, exceptions.Unavailable, exceptions.ServerError)
COUNT = {"type": "integer", "minimum": 0}
SHARE = {"type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "None where nothing was sent"}
WAIT = {"type": ["integer", "null"], "minimum": 0, "description": "Seconds from code to sign-in"}
TIME = {"type": "string", "format": "date-time"}
TEXT = {"type": "string"}


def paths() -> Schema:
    return {"/otp/staff/figures": {"get": figures()}, "/otp/staff/attempts": {"get": attempts()}}


def figures() -> Schema:
    numbers = dict.fromkeys(Counts().figures(), COUNT) | {"success_rate": SHARE, "median": WAIT, "p95": WAIT}
    answered = says(
        "figures",
        figures=record(**dict.fromkeys(FIGURES, record(title=TEXT, unit={"enum": ["count", "share", "seconds"]}))),
        range={"enum": list(RANGES)},
        unit={"enum": ["hour", "day"]},
        complete={"type": "boolean", "description": "False: there was too much to count at once. Asking again goes on"},
        periods=listed(record(start=TIME, **numbers)),
        total=record(**numbers),
        addresses=listed(record(address=TEXT, failures=COUNT)),
        callers=listed(record(ip_hash=TEXT, failures=COUNT)),
    )
    return {
        "operationId": "figures",
        "summary": "For staff: the log in figures, per hour or day (UTC), in all, and who failed most",
        "security": [{"bearer": []}],
        "parameters": [query("range", {"enum": list(RANGES), "default": staff.FIRST})],
        "responses": {
            "200": body_of("The figures", answered),
            **refusals(NOT_READ, also={400: ("parameter_invalid", "invalid_request")}),
        },
    }


def attempts() -> Schema:
    entry = record(
        created_at=TIME,
        outcome=TEXT,
        address=TEXT,
        channel={"enum": Attempt.Channel.values},
        flow={"enum": Attempt.Flow.values},
        network={"type": "string", "description": "Part of a keyed hash of the IP address, or its prefix if kept"},
    )
    answered = says(
        "attempts",
        attempts={**listed(entry), "maxItems": staff.PAGE},
        next={"type": ["string", "null"], "description": "The cursor of the page after this"},
        outcomes={"type": "object", "additionalProperties": TEXT, "description": "Each outcome in words"},
    )
    by_phone = (exceptions.PhoneInvalid, exceptions.CountryRefused) if conf.sms else ()
    return {
        "operationId": "attempts",
        "summary": "For staff: the log of attempts, newest first",
        "security": [{"bearer": []}],
        "parameters": [
            query("outcome", {"enum": [each.value for each in Outcome]}),
            query("address", {"type": "string", "format": "email"}),
            query("cursor", {"type": "string"}),
        ],
        "responses": {
            "200": body_of("A page. With both filters it may be short and have a next", answered),
            **refusals(
                (*NOT_READ, exceptions.PageNotFound, exceptions.AddressInvalid, *by_phone),
                also={400: ("parameter_invalid", "invalid_request")},
            ),
        },
    }


def query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": schema}


def listed(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def record(**fields: Schema) -> Schema:
    return {"type": "object", "required": list(fields), "properties": fields}
