"""POST /otp: one JSON body with an action, one JSON response. The actions themselves are in `otp.signin`.

Statuses, messages and the order of the checks are those that existing clients rely on. `code` is a stable machine word
beside each message.
"""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from otp import rules
from otp.conf import conf
from otp.delivery import addresses, phones
from otp.exceptions import ActionInvalid, InvalidRequest
from otp.signin.callers import caller_of
from otp.signin.flows import Flow, new_flow_id
from otp.signin.send import send_code
from otp.signin.verify import verify_code
from otp.tokens import service as tokens

from .http import Body, idempotency_key, json_response, json_view, parse_body, text
from .tokens import ACTIONS as TOKEN_ACTIONS

CHALLENGE = "[A-Za-z0-9_-]{1,64}"


@json_view("POST")
def otp(request: HttpRequest) -> HttpResponse:
    """Handle one request. The response is always JSON with a `message` and a `code`, and sets no cookie."""
    body = parse_body(request)
    idempotency_key(request)  # refuses a malformed key even if the action doesn't use it
    name = text(body, "action")
    if conf.jwt_keys and name in TOKEN_ACTIONS:
        return json_response(200, **TOKEN_ACTIONS[name](request, body))
    action = {"send_otp": send, "verify_otp": verify}.get(name)
    if not body.get("action") or not (body.get("email") or (conf.sms and body.get("phone"))):
        # The message is the one that existing clients get for either; the `code` says what is wrong.
        required = InvalidRequest("field_required")
        raise required if action or not body.get("action") else ActionInvalid(actions(), required.message)
    address = address_in(body)
    if action is None:
        raise ActionInvalid(actions())
    return json_response(200, **action(request, body, address))


def actions() -> list[str]:
    """The actions that this site takes."""
    return ["send_otp", "verify_otp", *(TOKEN_ACTIONS if conf.jwt_keys else ())]


def send(request: HttpRequest, body: Body, address: str) -> Body:
    """Send a code. With `"challenge": true` the code works only together with the challenge in the response."""
    wants_challenge = body.get("challenge", False)
    if not isinstance(wants_challenge, bool):
        raise InvalidRequest("challenge_invalid")
    repetition_id = request_id(request)
    challenge = new_challenge(address, repetition_id) if wants_challenge else ""
    sent = send_code(address=address, flow=Flow("api", challenge), caller=caller_of(request), request_id=repetition_id)
    return {
        "message": _("OTP sent successfully"),
        "code": "otp_sent",
        "expires_in": sent.expires_in,
        "retry_after": sent.retry_after,
        **({"challenge": challenge} if challenge else {}),
    }


def verify(request: HttpRequest, body: Body, address: str) -> Body:
    """Verify a code of the address, or of the given challenge. Returns tokens if OTP_JWT_KEYS is set."""
    guess, challenge = body.get("otp"), body.get("challenge", "")
    if guess is None or guess == "":
        raise InvalidRequest("otp_required")
    if not isinstance(guess, str):
        raise InvalidRequest("otp_not_a_string")
    if challenge != "" and not (isinstance(challenge, str) and re.fullmatch(CHALLENGE, challenge)):
        raise InvalidRequest("challenge_invalid")
    arguments: dict[str, Any] = {
        "address": address,
        "flow": Flow("api", challenge),
        "guess": guess,
        "caller": caller_of(request),
        "request_id": request_id(request, challenge),
    }
    verified = {"message": _("OTP verified successfully"), "code": "otp_verified"}
    if conf.jwt_keys:
        return verified | tokens.sign_in(**arguments).answer()
    verify_code(**arguments)
    return verified


# -- reading a request -----------------------------------------------------------------------------


def address_in(body: Body) -> str:
    """The canonical address: from "email" or, if OTP_SMS is on, from "phone"."""
    if not conf.sms or "phone" not in body:
        return addresses.canonical(text(body, "email"))
    if "email" in body:
        raise InvalidRequest("address_ambiguous")
    return phones.canonical(text(body, "phone"))


def request_id(request: HttpRequest, challenge: str = "") -> str | None:
    """The id by which a repeated request is recognized: its Idempotency-Key, bound to the caller.

    Two clients may choose the same key, so it is combined with the client's challenge or, without one, its network.
    """
    key = idempotency_key(request)
    return key and rules.keyed_hash(conf.keys[0], "repetition", key, challenge or caller_of(request).network)


def new_challenge(address: str, repetition_id: str | None) -> str:
    """A random string, or for a request with an Idempotency-Key the same string each time."""
    if repetition_id is None:
        return new_flow_id()
    return rules.keyed_hash(conf.keys[0], "challenge", address, repetition_id)[:32]
