"""How the JSON API reads a request and writes an answer."""

import functools
import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from otp.exceptions import BodyTooLarge, InvalidRequest, MethodNotAllowed, OTPError

LARGEST_BODY = 8 * 1024
IDEMPOTENCY_KEY = "[!-~]{1,255}"

Body = dict[str, Any]
View = Callable[[HttpRequest], HttpResponse]


def json_view(*methods: str) -> Callable[[View], View]:
    """Make a view answer these methods alone, and each refusal as JSON."""

    def decorate(view: View) -> View:
        @csrf_exempt  # no cookie counts here, and `middleware.Guard` keeps other sites' browsers out
        @functools.wraps(view)
        def answering(request: HttpRequest) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise MethodNotAllowed(*methods)
                return view(request)
            except OTPError as error:
                return refusal(error)

        return answering

    return decorate


# -- reading a request -----------------------------------------------------------------------------


def parsed(request: HttpRequest) -> Body:
    """The body as an object, whatever its content type says. One that two parsers could read in two ways is refused."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY or len(request.body) > LARGEST_BODY:
        raise BodyTooLarge
    try:
        body = json.loads(request.body, object_pairs_hook=without_duplicates, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(_("Invalid JSON body"), "json_invalid") from error
    if not isinstance(body, dict):
        raise InvalidRequest(_("Invalid JSON body"), "json_invalid")
    return body


def without_duplicates(pairs: list[tuple[str, Any]]) -> Body:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def text(body: Body, name: str) -> str:
    """A field as text; "" for any other type, which no field takes, and for one that isn't there."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def idempotency_key(request: HttpRequest) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(IDEMPOTENCY_KEY, key):
        message = _("Idempotency-Key takes 1 to 255 visible ASCII characters, without spaces")
        raise InvalidRequest(message, "idempotency_key_invalid")
    return key


# -- writing an answer -----------------------------------------------------------------------------


def answer(status: int, **body: Any) -> JsonResponse:
    return JsonResponse(body, status=status)


def refusal(error: OTPError) -> JsonResponse:
    """A refusal as JSON: the message, the machine word, and what data there is."""
    response = answer(error.status, message=error.message, code=error.code, **error.data)
    for name, value in error.headers.items():
        response[name] = value
    return response
