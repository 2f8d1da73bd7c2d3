"""The staff's operations in the OpenAPI document."""

from otp import exceptions
from otp.api import staff
from otp.conf import conf
from otp.models import LogEntry
from otp.outcomes import Outcome
from otp.stats.counts import FIGURES, Counts
from otp.stats.rollup import DEFAULT_RANGE, RANGES

from .schemas import Schema, refusals, response, success

REFUSALS = (
    *(exceptions.OTPError, exceptions.ParameterInvalid, exceptions.TokenInvalid, exceptions.StaffOnly),
    *(exceptions.Unavailable, exceptions.ServerError),
)
COUNT = {"type": "integer", "minimum": 0}
SHARE = {"type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "Null if nothing was sent"}
WAIT = {"type": ["integer", "null"], "minimum": 0, "description": "Seconds from sending the code to the sign-in"}
TIME = {"type": "string", "format": "date-time"}
TEXT = {"type": "string"}


def paths() -> Schema:
    return {"/otp/staff/figures": {"get": figures()}, "/otp/staff/log": {"get": log()}}


def figures() -> Schema:
    numbers = dict.fromkeys(Counts().figures(), COUNT) | {"success_rate": SHARE, "median": WAIT, "p95": WAIT}
    body = success(
        "figures",
        figures=record(**dict.fromkeys(FIGURES, record(title=TEXT, unit={"enum": ["count", "share", "seconds"]}))),
        range={"enum": list(RANGES)},
        unit={"enum": ["hour", "day"]},
        complete={
            "type": "boolean",
            "description": "False if `until` is ten minutes ago or more. Repeat to continue",
        },
        until={**TIME, "description": "Until when the log is counted"},
        periods=array(record(start=TIME, **numbers)),
        total=record(**numbers),
        clients=array(record(client=TEXT, sign_ins=COUNT)),
        addresses=array(record(address=TEXT, failures=COUNT)),
        callers=array(record(ip_hash=TEXT, failures=COUNT)),
    )
    return {
        "operationId": "figures",
        "tags": ["Staff"],
        "summary": "For staff: figures per hour or day (UTC), their total, and who failed most",
        "security": [{"bearer": []}],
        "parameters": [query("range", {"enum": list(RANGES), "default": DEFAULT_RANGE})],
        "responses": {
            "200": response("The figures", body),
            **refusals(REFUSALS),
        },
    }


def log() -> Schema:
    entry = record(
        created_at=TIME,
        outcome=TEXT,
        address=TEXT,
        channel={"enum": LogEntry.Channel.values},
        flow={"enum": LogEntry.Flow.values},
        client={"type": ["string", "null"], "description": "The id of the application that somebody signed in to"},
        network={
            "type": "string",
            "description": "Start of a keyed hash of the IP address, or its readable prefix",
        },
        error={"type": ["string", "null"], "description": "AWS's error code, if a message wasn't sent"},
        delivery={
            "enum": [*LogEntry.Delivery.values, None],
            "description": "What SES has reported about the mail since, if anything",
        },
    )
    body = success(
        "log",
        entries={**array(entry), "maxItems": staff.PAGE_SIZE},
        next={"type": ["string", "null"], "description": "The cursor of the next page"},
        outcomes={"type": "object", "additionalProperties": TEXT, "description": "Every outcome with its label"},
    )
    of_phones = (exceptions.PhoneInvalid, exceptions.CountryRefused) if conf.sms else ()
    return {
        "operationId": "log",
        "tags": ["Staff"],
        "summary": "For staff: the sign-in log, newest first",
        "security": [{"bearer": []}],
        "parameters": [
            query("outcome", {"enum": [each.value for each in Outcome]}),
            query("address", {"type": "string", "format": "email"}),
            query("cursor", {"type": "string"}),
        ],
        "responses": {
            "200": response("A page. It may be short and still have a `next`, with both filters or a success", body),
            **refusals((*REFUSALS, exceptions.CursorInvalid, exceptions.AddressInvalid, *of_phones)),
        },
    }


def query(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": schema}


def array(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def record(**fields: Schema) -> Schema:
    return {"type": "object", "required": list(fields), "properties": fields}
