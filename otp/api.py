"""The JSON API: POST /otp with an action. A body in, an answer out; what happens between is `service`.

The statuses and messages are those that clients of the original rely on, checked in the original's order;
`code` is the stable machine word beside each message.
"""

import json
import re
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from . import addresses, phones, rules, service
from .callers import caller_of
from .conf import conf
from .exceptions import InvalidRequest, OTPError
from .flows import Flow, new_flow_id

LARGEST_BODY = 8 * 1024
LONGEST_KEY = 255
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,64}")

Body = dict[str, Any]


class BodyTooLarge(OTPError):
    status, code, message = 413, "body_too_large", f"The body is larger than {LARGEST_BODY} bytes"


class MethodNotAllowed(OTPError):
    status, code, message = 405, "method_not_allowed", "Only POST is answered here"


@csrf_exempt  # no cookie counts here, and `middleware.Guard` keeps other sites' browsers out
def otp(request: HttpRequest) -> JsonResponse:
    """Answer one request: always JSON with a `message` and a `code`, never a cookie."""
    try:
        if request.method != "POST":
            raise MethodNotAllowed
        body = parsed(request)
        if not body.get("action") or not (body.get("email") or (conf.sms and body.get("phone"))):
            raise InvalidRequest("Action and email are required", "field_required")
        address = address_in(body)
        action = {"send_otp": send, "verify_otp": verify}.get(text(body, "action"))
        if action is None:
            raise InvalidRequest("Invalid action", "action_invalid")
        return answer(200, **action(request, body, address))
    except OTPError as error:
        return refusal(error)


def send(request: HttpRequest, body: Body, address: str) -> Body:
    """Send a code. With `"challenge": true` it is taken only beside the challenge that the answer carries."""
    wants_challenge = body.get("challenge", False)
    if not isinstance(wants_challenge, bool):
        raise InvalidRequest("To send, challenge must be true or false", "challenge_invalid")
    request_id = idempotency_key(request)
    challenge = new_challenge(address, request_id) if wants_challenge else ""
    sent = service.send(address=address, flow=Flow("api", challenge), caller=caller_of(request), request_id=request_id)
    data = {"expires_in": sent.expires_in, "retry_after": sent.retry_after}
    if challenge:
        data["challenge"] = challenge
    return {"message": "OTP sent successfully", "code": "otp_sent", **data}


def verify(request: HttpRequest, body: Body, address: str) -> Body:
    """Verify a code: of the plain address, or of the challenge that is given."""
    guess, challenge = body.get("otp"), body.get("challenge", "")
    if guess is None or guess == "":
        raise InvalidRequest("OTP is required", "otp_required")
    if not isinstance(guess, str):
        raise InvalidRequest("OTP must be a string: a number loses its leading zeros", "otp_not_a_string")
    if challenge != "" and not (isinstance(challenge, str) and CHALLENGE.fullmatch(challenge)):
        raise InvalidRequest("To verify, challenge must be the string that the send answered", "challenge_invalid")
    service.verify(
        address=address,
        flow=Flow("api", challenge),
        guess=guess,
        caller=caller_of(request),
        request_id=idempotency_key(request),
    )
    return {"message": "OTP verified successfully", "code": "otp_verified"}


# -- reading a request -----------------------------------------------------------------------------


def parsed(request: HttpRequest) -> Body:
    """The body as an object, whatever its content type says. One that two parsers could read in two ways is refused."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY or len(request.body) > LARGEST_BODY:
        raise BodyTooLarge
    try:
        body = json.loads(request.body, object_pairs_hook=without_duplicates, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("Invalid JSON body", "json_invalid") from error
    if not isinstance(body, dict):
        raise InvalidRequest("Invalid JSON body", "json_invalid")
    return body


def without_duplicates(pairs: list[tuple[str, Any]]) -> Body:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def text(body: Body, name: str) -> str:
    """A field as text; "" for any other type, which no field takes."""
    return body[name] if isinstance(body[name], str) else ""


def address_in(body: Body) -> str:
    """The canonical address: of "email" or, where SMS is on, of "phone"."""
    if not conf.sms or "phone" not in body:
        return addresses.canonical(text(body, "email"))
    if "email" in body:
        raise InvalidRequest("Give email or phone, not both", "address_ambiguous")
    return phones.canonical(text(body, "phone"))


def idempotency_key(request: HttpRequest) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise InvalidRequest(f"Idempotency-Key takes 1 to {LONGEST_KEY} characters", "idempotency_key_invalid")
    return key


def new_challenge(address: str, request_id: str | None) -> str:
    """Random; for a request that may be repeated, the same each time and still nobody else's guess."""
    if request_id is None:
        return new_flow_id()
    return rules.keyed_hash(conf.keys[0], "challenge", address, request_id)[:32]


# -- writing an answer -----------------------------------------------------------------------------


def answer(status: int, **body: Any) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})


def refusal(error: OTPError) -> JsonResponse:
    """A refusal as JSON: the message, the machine word, and what data there is."""
    response = answer(error.status, message=error.message, code=error.code, **error.data)
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowed):
        response["Allow"] = "POST"
    return response
