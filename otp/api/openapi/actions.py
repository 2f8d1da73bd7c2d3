"""POST /otp in the OpenAPI document.

OpenAPI allows one operation for a path and method. So each action is a schema of its own for the body, which the field
`action` selects, and each result one for the response, which `code` selects.
"""

from typing import Any

from otp import exceptions
from otp.api import http
from otp.api.tokens import MAX_TOKEN_LENGTH
from otp.api.views import CHALLENGE
from otp.conf import conf
from otp.tokens.service import TYPE

from .schemas import SECONDS, Schema, refusals, response, success

OPERATION = "post_otp"
DESCRIPTION = """The field `action` says what to do:

- `send_otp` sends a code to an address.
- `verify_otp` verifies it. A correct code signs in: the address has an account from then on.
{tokens}
Bodies are read as JSON, whatever their content type; unknown fields are ignored. To sign in, call `send_otp` with
`"challenge": true`, keep the `challenge` from the response, and call `verify_otp` with it and the code. Without a
challenge, anyone who knows the address can replace the code or use up its attempts.
"""
OF_TOKENS = """- `refresh_token` exchanges a refresh token for the next one and a new access token.
- `sign_out` ends the sign-in of a refresh token, `sign_out_everywhere` every sign-in of an access token's account.
"""
KEY = """A random string for each request. A request whose response was lost can be repeated with the same key and
body: it counts once and gets the same result."""

REFUSALS: tuple[type[exceptions.OTPError], ...] = (
    *(exceptions.OTPError, exceptions.ActionInvalid, exceptions.AddressInvalid, exceptions.ForeignOrigin),
    *(exceptions.BodyTooLarge, exceptions.Unavailable, exceptions.ServerError),
    *(exceptions.CooldownActive, exceptions.CallerLimited, exceptions.DeliveryFailed, exceptions.DeliveryUnknown),
    *(exceptions.CodeInvalid, exceptions.CodeExpired, exceptions.AttemptsExceeded),
    *(exceptions.CodeNotFound, exceptions.AccountInactive),
)
REFUSALS_OF_SMS = (exceptions.PhoneInvalid, exceptions.CountryRefused, exceptions.SMSLimited)
REFUSALS_OF_TOKENS = (exceptions.TokenInvalid, exceptions.RefreshTokenInvalid)

EMAIL, CHALLENGE_SENT, REFRESH_TOKEN = "user@example.com", "tL3cO0vB9mQeXz7A", "070d…3099"
TOKENS: dict[str, Schema] = {
    "access_token": {
        "type": "string",
        "description": f"A JWT of type {TYPE}, for the header `Authorization: Bearer …`",
        "examples": ["eyJh…"],
    },
    "token_type": {"const": "Bearer"},
    "expires_in": {**SECONDS, "description": "Seconds until the access token expires", "examples": [600]},
    "refresh_token": {
        "type": "string",
        "description": "Opaque. It gets the next tokens once. Keep it secret",
        "examples": [REFRESH_TOKEN],
    },
}


def operation() -> Schema:
    kinds = [*REFUSALS, *(REFUSALS_OF_TOKENS if conf.jwt_keys else ()), *(REFUSALS_OF_SMS if conf.sms else ())]
    malformed = exceptions.InvalidRequest.MESSAGES.keys() - (set() if conf.sms else {"address_ambiguous"})
    done = response("Done. `code` says what", choice("code", results()), examples_of(results()))
    done["links"] = {name: link for name, link in LINKS.items() if name in actions()}
    body = {"schema": choice("action", actions()), "examples": examples_of(actions())}
    return {
        "operationId": OPERATION,
        "tags": ["Sign-in"],
        "summary": "Send a code, verify it, and manage tokens" if conf.jwt_keys else "Send a code, and verify it",
        "description": DESCRIPTION.format(tokens=OF_TOKENS if conf.jwt_keys else ""),
        "security": [{}, {"bearer": []}] if conf.jwt_keys else [{}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": KEY,
                "schema": {"type": "string", "pattern": f"^{http.IDEMPOTENCY_KEY}$"},
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {"200": done, **refusals(kinds, sorted(malformed))},
    }


def schemas() -> dict[str, Schema]:
    """The components that `operation` refers to."""
    return {component(name): schema for name, schema in (actions() | results()).items()}


# -- bodies ----------------------------------------------------------------------------------------


def actions() -> dict[str, Schema]:
    """The body of each action."""
    code = {"type": "string", "minLength": 1, "examples": ["123456"], "description": "A string: it may begin with 0"}
    bound = "Bind the code to a challenge, which is returned"
    bind = {"type": "boolean", "default": False, "examples": [True], "description": bound}
    challenge = {
        "type": "string",
        "pattern": f"^({CHALLENGE})?$",
        "examples": [CHALLENGE_SENT],
        "description": "The challenge returned by send_otp",
    }
    bodies = {
        "send_otp": with_address(action("send_otp", "Send a code", optional={"challenge": bind})),
        "verify_otp": with_address(action("verify_otp", "Verify a code", otp=code, optional={"challenge": challenge})),
    }
    if not conf.jwt_keys:
        return bodies
    token = {"type": "string", "minLength": 1, "maxLength": MAX_TOKEN_LENGTH, "examples": [REFRESH_TOKEN]}
    everywhere = "End every sign-in of the account. Needs its access token as Bearer"
    return bodies | {
        "refresh_token": action(
            "refresh_token", "Get the next refresh token and a new access token", refresh_token=token
        ),
        "sign_out": action("sign_out", "End the sign-in of a refresh token", refresh_token=token),
        "sign_out_everywhere": action("sign_out_everywhere", everywhere),
    }


def action(name: str, description: str, optional: Schema | None = None, **fields: Schema) -> Schema:
    return {
        "title": name,
        "description": description,
        "type": "object",
        "required": ["action", *fields],
        "properties": {"action": {"const": name}, **fields, **(optional or {})},
    }


def with_address(body: Schema) -> Schema:
    """The same body, with an email address or, if OTP_SMS is on, a phone number."""
    addresses: dict[str, Schema] = {
        "email": {"type": "string", "format": "email", "maxLength": 254, "examples": [EMAIL]},
    }
    if not conf.sms:
        return body | {"required": [*body["required"], "email"], "properties": body["properties"] | addresses}
    description = f"A mobile number with + and its country code. Countries: {', '.join(conf.sms_countries)}"
    phone = {"type": "string", "format": "phone", "examples": ["+61412345678"], "description": description}
    either = [{"required": ["email"]}, {"required": ["phone"]}]
    return body | {"properties": body["properties"] | addresses | {"phone": phone}, "oneOf": either}


def results() -> dict[str, Schema]:
    """The body of each successful response."""
    challenge = {"type": "string", "examples": [CHALLENGE_SENT], "description": "Send it with verify_otp"}
    valid = {**SECONDS, "description": "Seconds until the code expires", "examples": [900]}
    wait = {**SECONDS, "description": "Seconds until another code may be requested"}
    bodies = [
        success("otp_sent", expires_in=valid, retry_after=wait, optional={"challenge": challenge}),
        success("otp_verified", **TOKENS if conf.jwt_keys else {}),
    ]
    if conf.jwt_keys:
        bodies += [success("token_refreshed", **TOKENS), success("signed_out"), success("signed_out_everywhere")]
    return {schema["title"]: schema for schema in bodies}


# Which response fields the next request takes. OpenAPI can't say that only some responses of an operation have them.
LINKS: dict[str, Schema] = {
    "verify_otp": {
        "operationId": OPERATION,
        "requestBody": {"action": "verify_otp", "email": "$request.body#/email"},
        "description": "The same address, with the code sent to it",
    },
    **{
        name: {
            "operationId": OPERATION,
            "requestBody": {"action": name, "refresh_token": "$response.body#/refresh_token"},
            "description": "The refresh token from the response",
        }
        for name in ("refresh_token", "sign_out")
    },
}

# -- parts -----------------------------------------------------------------------------------------


def component(name: str) -> str:
    """The name of a schema among the components: `SendOtp` for "send_otp"."""
    return name.title().replace("_", "")


def choice(field: str, bodies: dict[str, Schema]) -> Schema:
    """One of these schemas, which this field selects."""
    references = {name: f"#/components/schemas/{component(name)}" for name in bodies}
    return {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": field, "mapping": references},
    }


def examples_of(bodies: dict[str, Schema]) -> Schema:
    """An example of each body: its required fields, and the address and the challenge if it has them."""
    examples = {}
    for name, schema in bodies.items():
        example = {each: value(each, schema) for each in shown(schema)}
        examples[name] = {"summary": schema.get("description", name), "value": example}
    return examples


def shown(schema: Schema) -> list[str]:
    return [name for name in schema["properties"] if name in (*schema["required"], "email", "challenge")]


def value(name: str, schema: Schema) -> Any:
    field = schema["properties"][name]
    if name == "message":
        return MESSAGES[schema["title"]]
    return field["const"] if "const" in field else field["examples"][0]


MESSAGES = {
    "otp_sent": "OTP sent successfully",
    "otp_verified": "OTP verified successfully",
    "token_refreshed": "Token refreshed",
    "signed_out": "Signed out",
    "signed_out_everywhere": "Signed out everywhere",
}
