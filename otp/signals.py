"""What other code may listen to. Receivers run within the request, so they are to be quick; one that fails is logged
by Django and harms nobody. None is told a code or a guess.

Each but `bounced` comes with `address`, `flow` ("page" or "api") and `caller` (an otp.signin.callers.Caller).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.dispatch import Signal

from .exceptions import AddressLocked, CodeInvalid, OTPError
from .outcomes import Outcome

P = ParamSpec("P")
R = TypeVar("R")

sent = Signal()  # a caller was told that a code is on its way: whether one is, no receiver may learn
signed_in = Signal()  # with `account`: a right code
refused = Signal()  # with `error`: a send or a try that was refused, as an OTPError
locked = Signal()  # with `error`, after `refused`: the last try of a code was wrong, or the address gets no more codes
bounced = Signal()  # with `address` and `reason` ("bounce" or "complaint"): it is sent nothing from now on

# For counting. Sent once for each send and each try, with `outcome`: the machine word of the answer.
decided = Signal()


def deciding(outcome: Outcome, success: Signal, answer: str = "answer") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Around one of the service's verbs: tells whoever listens how it ended, and the answer under the name `answer`."""

    def decorate(verb: Callable[P, R]) -> Callable[P, R]:
        @wraps(verb)
        def telling(*args: P.args, **asked: P.kwargs) -> R:
            try:
                answered = verb(*args, **asked)
            except OTPError as error:
                _tell_refusal(asked, error)
                raise
            except Exception:
                decided.send_robust(sender=None, outcome=Outcome.SERVER_ERROR)
                raise
            decided.send_robust(sender=None, outcome=outcome)
            success.send_robust(sender=None, **_about(asked), **{answer: answered})
            return answered

        return telling

    return decorate


def _tell_refusal(asked: dict[str, Any], error: OTPError) -> None:
    decided.send_robust(sender=None, outcome=error.code)
    refused.send_robust(sender=None, **_about(asked), error=error)
    if isinstance(error, AddressLocked) or (isinstance(error, CodeInvalid) and not error.attempts_left):
        locked.send_robust(sender=None, **_about(asked), error=error)


def _about(asked: dict[str, Any]) -> dict[str, Any]:
    return {"address": asked["address"], "flow": asked["flow"].kind, "caller": asked["caller"]}
