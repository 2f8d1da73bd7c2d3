"""The JSON API: POST /otp with an action. A body in, an answer out; what happens in between is in `otp.signin`.

The statuses and messages are those that clients of the original rely on, checked in the original's order;
`code` is the stable machine word beside each message.
"""

import re

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from otp import rules
from otp.conf import conf
from otp.delivery import addresses, phones
from otp.exceptions import InvalidRequest
from otp.signin.callers import caller_of
from otp.signin.flows import Flow, new_flow_id
from otp.signin.send import send_code
from otp.signin.verify import verify_code
from otp.tokens import service as tokens

from .http import Body, answer, idempotency_key, json_view, parsed, text
from .tokens import ACTIONS as TOKEN_ACTIONS

CHALLENGE = "[A-Za-z0-9_-]{1,64}"


@json_view("POST")
def otp(request: HttpRequest) -> HttpResponse:
    """Answer one request: always JSON with a `message` and a `code`, never a cookie."""
    body = parsed(request)
    idempotency_key(request)  # refused when malformed, also where nothing needs it
    if conf.jwt_keys and (act := TOKEN_ACTIONS.get(text(body, "action"))):
        return answer(200, **act(request, body))
    if not body.get("action") or not (body.get("email") or (conf.sms and body.get("phone"))):
        raise InvalidRequest(_("Action and email are required"), "field_required")
    address = address_in(body)
    action = {"send_otp": send, "verify_otp": verify}.get(text(body, "action"))
    if action is None:
        raise InvalidRequest(_("Invalid action"), "action_invalid")
    return answer(200, **action(request, body, address))


def send(request: HttpRequest, body: Body, address: str) -> Body:
    """Send a code. With `"challenge": true` it is taken only beside the challenge that the answer carries."""
    wants_challenge = body.get("challenge", False)
    if not isinstance(wants_challenge, bool):
        raise InvalidRequest(_("To send, challenge must be true or false"), "challenge_invalid")
    request_id = idempotency_key(request)
    challenge = new_challenge(address, request_id) if wants_challenge else ""
    sent = send_code(address=address, flow=Flow("api", challenge), caller=caller_of(request), request_id=request_id)
    data = {"expires_in": sent.expires_in, "retry_after": sent.retry_after}
    if challenge:
        data["challenge"] = challenge
    return {"message": _("OTP sent successfully"), "code": "otp_sent", **data}


def verify(request: HttpRequest, body: Body, address: str) -> Body:
    """Verify a code: of the plain address, or of the challenge that is given. Answers tokens where they are on."""
    guess, challenge = body.get("otp"), body.get("challenge", "")
    if guess is None or guess == "":
        raise InvalidRequest(_("OTP is required"), "otp_required")
    if not isinstance(guess, str):
        raise InvalidRequest(_("OTP must be a string: a number loses its leading zeros"), "otp_not_a_string")
    if challenge != "" and not (isinstance(challenge, str) and re.fullmatch(CHALLENGE, challenge)):
        raise InvalidRequest(_("To verify, challenge must be the string that the send answered"), "challenge_invalid")
    attempt = {
        "address": address,
        "flow": Flow("api", challenge),
        "guess": guess,
        "caller": caller_of(request),
        "request_id": idempotency_key(request),
    }
    answered = {"message": _("OTP verified successfully"), "code": "otp_verified"}
    if conf.jwt_keys:
        return answered | tokens.sign_in(**attempt).answer()
    verify_code(**attempt)
    return answered


# -- reading a request -----------------------------------------------------------------------------


def address_in(body: Body) -> str:
    """The canonical address: of "email" or, where SMS is on, of "phone"."""
    if not conf.sms or "phone" not in body:
        return addresses.canonical(text(body, "email"))
    if "email" in body:
        raise InvalidRequest(_("Give email or phone, not both"), "address_ambiguous")
    return phones.canonical(text(body, "phone"))


def new_challenge(address: str, request_id: str | None) -> str:
    """Random; for a request that may be repeated, the same each time and still nobody else's guess."""
    if request_id is None:
        return new_flow_id()
    return rules.keyed_hash(conf.keys[0], "challenge", address, request_id)[:32]
