"""A fault, or a killed process, at each AWS request of each flow (threats 16 and 17).

The response is clear and arrives within the Lambda timeout, nothing is left half done, and the next request succeeds.
The positions aren't listed: each flow is run with a fault one request later until it makes no further request.
"""

import itertools
from typing import Any

import pytest
from django.db.utils import OperationalError
from django.test import Client

from otp.delivery.bounce_webhook import Events
from otp.tokens import keyring
from tests.matrix import being_in, sends, signing_in, staffing
from tests.matrix.flows import Flow
from tests.matrix.sends import Send
from tests.matrix.staffing import Job, RollUp
from tests.support.network import FAULTS, REPEATED, Killed, harmed
from tests.support.tiers import REQUIRED

pytestmark = pytest.mark.usefixtures("clock")

LAMBDA = 10  # seconds
CLEAR = {200, 302, 401, 503}
KINDS = [
    kind
    for module in (sends, signing_in, being_in, staffing)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Flow) and kind.__module__ == module.__name__ and kind is not Job
]
# The faults that found the most bugs; CI_TIERS=required runs all of them.
QUICK = ("answer lost", "half an answer", "rejected", "killed after")
ADVICE = ("Try again", "reload this page", "may not have been sent")
KEY = keyring.new_key()


@pytest.fixture(autouse=True)
def a_live_site(settings, monkeypatch):
    settings.OTP_JWT_KEYS, settings.OTP_JWT_ISSUER = [KEY], "https://otp.example"
    settings.OTP_SMS, settings.OTP_SMS_COUNTRIES = True, ["AU"]
    program = Client()  # shared, because each new client would load the middleware again
    monkeypatch.setattr("tests.support.api.Client", lambda: program)
    monkeypatch.setattr(Events, "is_signed", lambda *args: True)
    settings.OTP_SMS_PER_PREFIX_DAY = settings.OTP_SMS_PER_DAY = settings.OTP_SENDS_PER_IP = 10_000


def cells() -> list[tuple[str, bool]]:
    every = [*((fault, False) for fault in FAULTS), *((fault, True) for fault in REPEATED)]
    return every if REQUIRED else [cell for cell in every if cell[0] in QUICK]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("fault", "lasting"),
    cells(),
    ids=lambda value: {True: "lasting", False: "passing"}.get(value, value),
)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_request_may_fail(kind, fault, lasting, clock):
    for position in itertools.count():
        flow = kind(position)
        with harmed(position, fault, lasting=lasting) as network:
            response = outcome_of(flow)
        if not network.hit:
            break
        where = f"{kind.__name__}: {fault} at request {position}, {network.hit}"
        assert network.seconds < LAMBDA, where
        if response is not None:
            assert is_clear(response, flow), f"{where}: {response.status_code} {response.text[:300]}"
        if isinstance(flow, Send) and response is not None:
            flow.is_consistent(response)
        flow.every_sign_in_is_logged()
        clock.shift(flow.wait(response))
        repeated = flow.again()
        assert repeated.status_code in flow.clear, f"{where}, then {repeated.status_code} {repeated.text[:300]}"
        flow.settled()
    assert position > 0, "the flow made no request"


TWICE = ("answer lost", "half an answer", "rejected", "killed before", "killed after")


@pytest.mark.thorough
@pytest.mark.parametrize("first", TWICE)
@pytest.mark.parametrize("second", TWICE)
def test_a_send_and_its_repetition_may_both_fail(first, second, clock):
    """The user waits as long as the response says, or for one cooldown after a crash, and can then sign in."""
    number = itertools.count()
    for position, later in itertools.product(range(4), range(5)):
        flow = sends.SendRepeated(next(number))
        with harmed(position, first, lasting=False):
            clock.shift(flow.wait(outcome_of(flow)))
        with harmed(later, second, lasting=False):
            repeated = outcome_of(flow)
        where = f"{first} at request {position}, then {second} at {later}"
        if repeated is not None:
            assert is_clear(repeated, flow), f"{where}: {repeated.status_code} {repeated.text[:300]}"
            flow.is_consistent(repeated)
        clock.shift(Send.wait(flow, repeated))
        last = flow.again()
        assert last.status_code == 200, f"{where}, then {last.status_code} {last.text[:300]}"
        flow.settled()


def outcome_of(flow: Flow) -> Any:
    """The response. None if the process was killed, or if a command failed, which is run again."""
    try:
        return flow.act()
    except Killed:
        return None
    except OperationalError:
        assert isinstance(flow, (Job, RollUp))
        return None


def is_clear(response: Any, flow: Flow) -> bool:
    """Whether the response has an expected status, no traceback, and if it is 503, advice on what to do."""
    if response.status_code not in {*CLEAR, *flow.clear} or "Traceback" in response.text:
        return False
    return response.status_code != 503 or any(words in response.text for words in ADVICE)
