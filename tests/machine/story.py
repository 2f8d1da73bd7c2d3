"""The base of all rules: an empty storage, a clock, and the model that the service is compared with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.test import Client
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.support import api
from tests.support.network import harmed

from .model import ADDRESSES, EMAILS, START, Budget, Key, Live, Member, Model

ANY, EMAIL = some.sampled_from(ADDRESSES), some.sampled_from(EMAILS)


@dataclass(eq=False)
class Browser:
    client: Client
    page: Any = None
    opened: int = 0
    device: Budget | None = None  # set once the browser is known
    known: tuple[Member, int] | None = None  # the account that signed in here, and its epoch then


class Story(RuleBasedStateMachine):
    clock: Any
    clean: Callable[[], None]  # empties the storage before each story
    settings: Any

    @initialize()
    def begin(self) -> None:
        type(self).clean()
        self.model = Model()
        self.clock.move_to(START)
        self.settings.OTP_SIGNUP = ["open"]
        self.browsers: dict[Key, Browser] = {}  # browsers that requested a code
        self.devices: list[tuple[str, Browser]] = []  # known browsers, with their address
        self.sessions: list[Any] = []  # copies of sessions' cookies: see `sessions`
        self.again: Any = None  # the last API request and its expected response, to be repeated
        self.requests = 0

    @rule(seconds=some.sampled_from([1, 59, 60, 179, 899, 900, 901, 3600, 86400]))
    def time_passes(self, seconds: int) -> None:
        self.model.now += seconds
        self.clock.move_to(self.model.now)

    @rule(address=ANY, early=some.integers(0, 1))
    def wait_for_the_next_send(self, address: str, early: int) -> None:
        self.time_passes(max(self.model.budgets[address].wait(self.model.now) - early, 0))

    def some_code(self, data: some.DataObject) -> tuple[str, str, Live]:
        """A code of the model: its address, its flow, and the code itself."""
        address, flow = data.draw(some.sampled_from(list(self.model.codes)))
        return address, flow, self.model.codes[address, flow]

    def forget_devices(self, member: Member) -> None:
        self.devices = [each for each in self.devices if each[0] not in member.addresses]

    def new_key(self) -> str:
        self.requests += 1
        return f"key-{self.requests}"


def with_lost(act: Callable[[], Any], nth: int | None) -> Any:
    """Call `act`. The response to the nth request (from 0) is lost once, so that the SDK repeats it; None: no loss."""
    if nth is None:
        return act()
    with harmed(nth, "answer lost", lasting=False):
        return act()


def ask(address: str, *args: Any, **more: Any) -> Any:
    """Request a code by the API."""
    return (api.ask if address in EMAILS else api.ask_by_phone)(address, *args, **more)


def answer(guess: str, address: str, *args: Any, **more: Any) -> Any:
    """Verify a code by the API."""
    return (api.answer if address in EMAILS else api.answer_by_phone)(guess, address, *args, **more)
