"""Signals for a site's own code. Receivers run within the request, so they must be quick. An exception in a receiver is
logged and has no other effect. No signal carries a code or a guess.

All but `bounced` and `decided` carry `address`, `flow` ("page" or "api") and `caller` (an otp.signin.callers.Caller).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.dispatch import Signal

from .exceptions import OTPError
from .outcomes import Outcome

P = ParamSpec("P")
R = TypeVar("R")

sent = Signal()  # the response says that a code was sent. Receivers can't tell whether it really was
signed_in = Signal()  # with `account`; its fields other than the subject are loaded on access
refused = Signal()  # with `error`, an OTPError: a send or an attempt was refused
locked = Signal()  # with `error`, after `refused`: the last attempt of a code was wrong
bounced = Signal()  # with `address` and `reason` ("bounce" or "complaint"): the address gets no more mail

decided = Signal()  # with `outcome`, what the log says, which may be for staff alone: once for each send and attempt


def announced(outcome: Outcome, success: Signal, result: str = "answer") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Send the signals of a function, `send_code` or `verify_code`, after each call.

    `outcome` is the machine word of a success, unless what was returned has another. `success` then carries what the
    function returned, named `result`.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                returned = function(*args, **kwargs)
            except OTPError as error:
                _announce_refusal(kwargs, error)
                raise
            except Exception:
                decided.send_robust(sender=None, outcome=Outcome.SERVER_ERROR)
                raise
            decided.send_robust(sender=None, outcome=getattr(returned, "outcome", outcome))
            success.send_robust(sender=None, **_origin(kwargs), **{result: returned})
            return returned

        return wrapper

    return decorate


def _announce_refusal(kwargs: dict[str, Any], error: OTPError) -> None:
    decided.send_robust(sender=None, outcome=error.outcome or error.code)
    for signal in (refused, locked) if error.is_last_attempt else (refused,):
        signal.send_robust(sender=None, **_origin(kwargs), error=error)


def _origin(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"address": kwargs["address"], "flow": kwargs["flow"].kind, "caller": kwargs["caller"]}
