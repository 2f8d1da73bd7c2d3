"""How the JSON API reads a request and writes a response."""

import functools
import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from otp.exceptions import BodyTooLarge, InvalidRequest, MethodNotAllowed, OTPError

LARGEST_BODY = 8 * 1024
IDEMPOTENCY_KEY = "[!-~]{1,255}"

Body = dict[str, Any]
View = Callable[[HttpRequest], HttpResponse]


def json_view(*methods: str) -> Callable[[View], View]:
    """Let a view take these methods only, and turn each OTPError it raises into a JSON response."""

    def decorate(view: View) -> View:
        @csrf_exempt  # cookies are ignored here, and `middleware.Guard` refuses requests from other sites
        @functools.wraps(view)
        def wrapper(request: HttpRequest) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise MethodNotAllowed(*methods)
                return view(request)
            except OTPError as error:
                return json_refusal(error)

        return wrapper

    return decorate


# -- reading a request -----------------------------------------------------------------------------


def parse_body(request: HttpRequest) -> Body:
    """The JSON object in the body; the content type is ignored.

    Raises BodyTooLarge or InvalidRequest. Duplicate keys, NaN and Infinity are refused: parsers disagree on them.
    """
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY or len(request.body) > LARGEST_BODY:
        raise BodyTooLarge
    try:
        body = json.loads(request.body, object_pairs_hook=object_without_duplicates, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("json_invalid") from error
    if not isinstance(body, dict):
        raise InvalidRequest("json_invalid")
    return body


def object_without_duplicates(pairs: list[tuple[str, Any]]) -> Body:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def text(body: Body, name: str) -> str:
    """A field as text; "" if it is missing or not a string."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def idempotency_key(request: HttpRequest) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(IDEMPOTENCY_KEY, key):
        raise InvalidRequest("idempotency_key_invalid")
    return key


# -- writing a response -----------------------------------------------------------------------------


def json_response(status: int, **body: Any) -> JsonResponse:
    return JsonResponse(body, status=status)


def json_refusal(error: OTPError) -> JsonResponse:
    """A refusal as JSON: its message, its machine word and its fields."""
    body = {"message": error.message, "code": error.code, **{name: getattr(error, name) for name in error.fields}}
    return JsonResponse(body, status=error.status, headers=error.headers)
