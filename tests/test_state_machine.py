"""Sends, tries, resends, clock jumps, staff, lost answers and strangers, in any order that Hypothesis can think of.

What the service answers, over the real storage, is held against a model of one page: `rules`, lists and dictionaries.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO

import hypothesis
import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.management import call_command
from django.test import Client
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from otp import bounces, rules, staff
from otp.local import embedded
from otp.models import Account, Attempt, Code
from tests import faults
from tests.aws import empty
from tests.dynamodb_local import drop_tables
from tests.pages import CODE, request_code, submit
from tests.verbs import answer, ask, mailed_code, mails, other_than
from tests.wire import Wire, wired

START = 2_000_000_000
OWNER, OTHER = "owner@example.com", "other@example.com"
ADDRESSES = [OWNER, OTHER]
ANY = some.sampled_from(ADDRESSES)
# Hypothesis ends some runs early: a few more than the steps that are asserted.
AT_LEAST, EXAMPLES, STEPS = (10_000, 230, 50) if os.environ.get("CI_TIERS") == "required" else (1_000, 24, 50)
SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)


@dataclass
class Live:
    """A code as the model knows it."""

    text: str | None  # None: nobody was mailed it
    expires: int
    budget: "Budget"
    tries: int = 0
    over: bool = False  # a right guess was made, or staff revoked it
    ended: bool = False  # somebody is in by it, or staff revoked it


@dataclass(eq=False)
class Budget:
    """The sends that are counted together: of an address, or of one browser that its owner signed in with."""

    sends: list[int] = field(default_factory=list)
    last_key: str = ""  # of the request that changed it last

    def wait(self, now: int) -> int:
        return max(rules.next_send_at(self.sends) - now, 0)

    def clear(self) -> None:
        self.sends, self.last_key = [], ""


@dataclass(eq=False)
class Browser:
    client: Client
    page: object
    opened: int
    device: Budget | None = None


class SignIn(RuleBasedStateMachine):
    """Flows: "" is the API's plain address, "c…" a challenge, "p…" a browser."""

    executed = 0
    clean: Callable[[], None]  # what empties the storage between two stories

    @initialize()
    def begin(self) -> None:
        type(self).clean()
        self.now = START
        self.clock.move_to(self.now)
        self.codes: dict[tuple[str, str], Live] = {}
        self.old: list[str] = []
        self.budgets = {address: Budget() for address in ADDRESSES}
        self.active = dict.fromkeys(ADDRESSES, True)
        self.accounts: set[str] = set()
        self.suppressed: set[str] = set()
        self.log: Counter[tuple[str, str]] = Counter()
        self.browsers: dict[tuple[str, str], Browser] = {}  # that asked for a code
        self.devices: list[tuple[str, Browser]] = []  # in which somebody has signed in before
        self.again: object = None  # the last request by the API, to be said again, and what it must answer
        self.key = self.mailed = 0
        staff.appoint_by_command("boss@staff.example", Account.Role.STAFF)
        self.boss = Account.objects.get(pk="boss@staff.example")

    # -- time --------------------------------------------------------------------------------------

    @rule(seconds=some.sampled_from([1, 59, 60, 179, 899, 900, 901, 3600, 86400]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        self.clock.move_to(self.now)

    @rule(address=some.sampled_from(ADDRESSES), early=some.integers(0, 1))
    def wait_for_the_next_send(self, address: str, early: int) -> None:
        self.now += max(self.budgets[address].wait(self.now) - early, 0)
        self.clock.move_to(self.now)

    # -- sends -------------------------------------------------------------------------------------

    @rule(address=ANY, challenge=some.booleans(), lost=some.sampled_from([None, 0, 1]))
    def send(self, address: str, challenge: bool, lost: int | None) -> None:
        """By the owner or a stranger: nobody can tell. Perhaps an answer of DynamoDB's is lost, and the SDK repeats."""
        key, budget = self.new_key(), self.budgets[address]
        more = {"challenge": True} if challenge else {}

        def act() -> object:
            return ask(address, {"Idempotency-Key": key}, **more)

        allowed = not budget.wait(self.now)
        response = with_lost(act, lost)
        assert response.status_code == (200 if allowed else 429)
        self.was_sent(address, response.json().get("challenge", ""), budget, response, allowed)
        if allowed:
            budget.last_key = key
            self.again = (act, 200, lambda: budget.last_key == key, None)

    @rule(address=ANY, times=some.integers(2, 5))
    def send_as_often_as_may_be(self, address: str, times: int) -> None:
        """Each a second too early, and then on time."""
        for _ in range(times):
            for early in (1, 0):
                self.wait_for_the_next_send(address, early)
                self.send(address, challenge=False, lost=None)

    @rule(address=ANY)
    def send_by_page(self, address: str) -> None:
        self.ask_in(address, Browser(Client(), None, self.now), self.budgets[address])

    @rule(data=some.data())
    @precondition(lambda self: self.devices)
    def send_by_the_owners_browser(self, data: some.DataObject) -> None:
        """Where its own budget counts, and whatever strangers have spent doesn't."""
        address, browser = data.draw(some.sampled_from(self.devices))
        self.ask_in(address, browser, browser.device)

    def ask_in(self, address: str, browser: Browser, budget: Budget) -> None:
        allowed = not budget.wait(self.now)
        for key in [key for key, asked in self.browsers.items() if asked is browser]:
            del self.browsers[key]  # with its session it forgets the way to that code
            self.old.append(self.codes.pop(key).text or "000000")
        browser.client.cookies.pop(settings.SESSION_COOKIE_NAME, None)  # but for the device's, it has forgotten all
        browser.page, browser.opened = request_code(browser.client, address), self.now
        flow = browser.client.session["flow"]
        assert bool(browser.page.redirect_chain) == allowed, browser.page.text
        if allowed:
            self.browsers[address, flow] = browser
            budget.last_key = flow
        self.was_sent(address, flow, budget, browser.page, allowed)

    def was_sent(self, address: str, flow: str, budget: Budget, response: object, allowed: bool) -> None:
        self.log[address, "otp_sent" if allowed else "otp_cooldown"] += 1
        if not allowed:
            assert int(response["Retry-After"]) == budget.wait(self.now)
            return

        budget.sends = rules.sends_after(budget.sends, self.now)
        text = None if address in self.suppressed else mailed_code(address)
        self.mailed += text is not None
        if before := self.codes.get((address, flow)):
            self.old.append(before.text or "000000")
        self.codes[address, flow] = Live(text, self.now + rules.LIFETIME, budget)

    # -- tries -------------------------------------------------------------------------------------

    @rule(data=some.data(), lost=some.sampled_from([None, 0, 1, 2]))
    @precondition(lambda self: self.codes)
    def try_a_code(self, data: some.DataObject, lost: int | None) -> None:
        """The right one, a wrong one, one that was replaced, or that of another flow or address."""
        address, flow = data.draw(some.sampled_from(list(self.codes)))
        right = self.codes[address, flow].text or "000000"
        others = [live.text for live in self.codes.values() if live.text] + self.old
        guess = data.draw(some.sampled_from([right, other_than(right), other_than(right), *others]))
        self.try_one(address, flow, guess, lost)

    @rule(data=some.data())
    @precondition(lambda self: self.codes)
    def use_up_all_tries(self, data: some.DataObject) -> None:
        """And one more, and then the right one: it comes too late."""
        address, flow = data.draw(some.sampled_from(list(self.codes)))
        right = self.codes[address, flow].text or "000000"
        for guess in [*[other_than(right)] * (rules.TRIES + 1), right]:
            self.try_one(address, flow, guess)

    @rule(data=some.data(), deactivated=some.booleans())
    @precondition(lambda self: self.codes)
    def use_a_code_twice(self, data: some.DataObject, deactivated: bool) -> None:
        """Also one that let nobody in, as staff had deactivated its account meanwhile."""
        address, flow = data.draw(some.sampled_from(list(self.codes)))
        right = self.codes[address, flow].text or "000000"
        if deactivated:
            self.deactivate(address)
        for _ in range(2):
            if (address, flow) in self.codes:
                self.try_one(address, flow, right)

    @rule(address=ANY)
    def keep_a_way_in(self, address: str) -> None:
        """Signed in before, the owner's browser is sent a code, though a stranger has just had the last that may be."""
        self.wait_for_the_next_send(address, 0)
        browser = Browser(Client(), None, self.now)
        self.ask_in(address, browser, self.budgets[address])
        flow = browser.client.session["flow"]
        self.try_one(address, flow, self.codes[address, flow].text or "000000")
        self.send(address, challenge=False, lost=None)
        if browser.device:
            self.ask_in(address, browser, browser.device)

    @rule(address=ANY, nth=some.integers(0, 1))
    def lose_the_answer_to_a_try(self, address: str, nth: int) -> None:
        """The SDK says it again, and then the client does, under its key: one try."""
        self.wait_for_the_next_send(address, 0)
        self.send(address, challenge=False, lost=None)
        self.try_one(address, "", other_than(self.codes[address, ""].text or "000000"), nth)
        self.say_it_again()

    @rule(address=ANY)
    def be_deactivated_between_code_and_try(self, address: str) -> None:
        """The code lets nobody in, and is used up by that."""
        for then in (lambda address: None, self.deactivate):
            self.wait_for_the_next_send(address, 0)
            self.send(address, challenge=False, lost=None)
            then(address)
            for _ in range(2):
                self.try_one(address, "", self.codes[address, ""].text or "000000")
        self.reactivate(address)

    @rule(data=some.data(), late=some.integers(0, 1))
    @precondition(lambda self: self.codes)
    def use_a_code_in_its_last_second_or_the_next(self, data: some.DataObject, late: int) -> None:
        address, flow = data.draw(some.sampled_from(list(self.codes)))
        live = self.codes[address, flow]
        self.now = max(self.now, live.expires - 1 + late)
        self.clock.move_to(self.now)
        self.try_one(address, flow, live.text or "000000")

    def try_one(self, address: str, flow: str, guess: str, lost: int | None = None) -> None:
        if (address, flow) in self.browsers:
            self.try_by_page(address, flow, guess)
        else:
            self.try_by_api(address, flow, guess, lost)

    def try_by_api(self, address: str, flow: str, guess: str, lost: int | None) -> None:
        live, key = self.codes[address, flow], self.new_key()
        more = {"challenge": flow} if flow else {}

        def act() -> object:
            return answer(guess, address, {"Idempotency-Key": key}, **more)

        word = self.judged(address, live, guess)
        response = with_lost(act, lost)
        assert response.json()["code"] == word
        if word == "otp_invalid":
            assert response.json()["attempts_left"] == rules.TRIES - live.tries
        if word in ("otp_invalid", "otp_verified"):
            self.again = (act, response.status_code, lambda: self.still(address, flow, live), (address, word))

    def still(self, address: str, flow: str, live: Live) -> bool:
        return self.codes.get((address, flow)) is live and live.expires > self.now and self.active[address]

    def try_by_page(self, address: str, flow: str, guess: str) -> None:
        live, browser = self.codes[address, flow], self.browsers[address, flow]
        if self.now - browser.opened >= settings.SESSION_COOKIE_AGE:
            return  # its cookie has lapsed, and the way to its code with it
        word = self.judged(address, live, guess)
        response = submit(browser.client, browser.page, CODE, code=guess, request_id="", email=address)
        is_in = SESSION_KEY in browser.client.session
        assert is_in == (word == "otp_verified"), response.text
        if is_in:
            del self.browsers[address, flow], self.codes[address, flow]
            self.old.append(guess)
            if not browser.device:
                browser.device = Budget()
                self.devices.append((address, browser))

    def judged(self, address: str, live: Live, guess: str) -> str:
        """What the model answers to a try, and what it remembers of it."""
        word = self.verdict(live, guess)
        live.tries += word in ("otp_invalid", "right")
        if word == "right":
            live.over = True
            word = "otp_verified" if self.active[address] else "account_inactive"
        if word == "otp_verified":
            live.ended = True
            live.budget.clear()
            self.accounts.add(address)
        self.log[address, word] += 1
        return word

    def verdict(self, live: Live, guess: str) -> str:
        if live.over:
            return "otp_not_found"
        if live.expires <= self.now:
            return "otp_expired"
        if live.tries >= rules.TRIES:
            return "otp_attempts_exceeded"
        return "right" if guess == live.text else "otp_invalid"

    @rule()
    @precondition(lambda self: self.again)
    def say_it_again(self) -> None:
        """A client's repetition under its key, at once or later: the same answer, and nothing counted twice."""
        act, status, holds, tried = self.again
        self.again = None
        if holds():
            assert act().status_code == status
            self.log[tried or ("", "")] += tried is not None and tried[1] == "otp_invalid"

    # -- staff, and mail that comes back -------------------------------------------------------------

    @rule(data=some.data())
    @precondition(lambda self: self.codes)
    def revoke(self, data: some.DataObject) -> None:
        address, flow = data.draw(some.sampled_from(list(self.codes)))
        live = self.codes[address, flow]
        if self.done(staff.revoke, f"{address} {flow}".strip(), allowed=not live.ended):
            live.over = live.ended = True

    @rule(address=ANY)
    def deactivate(self, address: str) -> None:
        if self.done(staff.deactivate, address, allowed=address in self.accounts and self.active[address]):
            self.active[address] = False
            self.forget_devices(address)

    @rule(address=ANY)
    def reactivate(self, address: str) -> None:
        if self.done(staff.reactivate, address, allowed=not self.active[address]):
            self.active[address] = True

    @rule(address=ANY)
    def sign_out_everywhere(self, address: str) -> None:
        if self.done(staff.sign_out_everywhere, address, allowed=address in self.accounts):
            self.forget_devices(address)

    @rule(address=ANY)
    def unlock(self, address: str) -> None:
        if self.done(staff.unlock, address, allowed=bool(self.budgets[address].sends)):
            self.budgets[address].clear()

    @rule(address=ANY)
    def bounce(self, address: str) -> None:
        bounces.suppress(address, bounces.Reason.BOUNCE)
        self.suppressed.add(address)

    @rule(address=ANY)
    def lift_suppression(self, address: str) -> None:
        if self.done(staff.lift_suppression, address, allowed=address in self.suppressed):
            self.suppressed.discard(address)

    def done(self, verb: Callable[..., None], key: str, *, allowed: bool) -> bool:
        try:
            verb(key, by=self.boss)
        except staff.Refused:
            assert not allowed
            return False
        assert allowed
        return True

    def forget_devices(self, address: str) -> None:
        self.devices = [each for each in self.devices if each[0] != address]

    def new_key(self) -> str:
        self.key += 1
        return f"key-{self.key}"

    # -- what holds after every step -----------------------------------------------------------------

    @invariant()
    def a_step_is_counted(self) -> None:
        SignIn.executed += 1

    def teardown(self) -> None:
        """Each send was one mail; each send, try and sign-in is in the log once; each code holds the tries it took."""
        assert len(mails()) == self.mailed
        found = Counter()
        for address in ADDRESSES:
            entries = Attempt.objects.filter(address=address).order_by("created_at")
            found.update((address, entry.outcome) for entry in entries)
        assert found == +self.log
        for (address, flow), live in self.codes.items():
            assert Code.objects.get(pk=f"{address} {flow}".strip()).attempts == live.tries


def with_lost(act: Callable[[], object], nth: int | None) -> object:
    """Do it; the answer to the nth request is lost on the way once, and the SDK asks again."""
    with wired(Wire(faults.lost if nth is not None else None, nth or 0)):
        return act()


@pytest.fixture
def machine(settings, monkeypatch):
    """Call it with how to empty the storage and how long to run; the steps that were executed."""
    settings.OTP_SENDS_PER_IP = settings.OTP_LOG_ENTRIES_PER_IP = 10**9
    monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda *args: True)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    program = Client()  # one for all: each new one would load the middleware anew
    monkeypatch.setattr("tests.verbs.Client", lambda: program)

    def run(clean, chosen):
        SignIn.executed, SignIn.clean = 0, staticmethod(clean)
        with time_machine.travel(START, tick=False) as SignIn.clock:
            run_state_machine_as_test(SignIn, settings=chosen)
        return SignIn.executed

    return run


def test_over_thousands_of_steps_the_service_does_what_the_rules_say(machine):
    assert machine(empty, SETTINGS) >= AT_LEAST


@pytest.mark.dynamodb_local
def test_it_does_so_on_dynamodb_local_as_well(machine, dynamodb_local):
    def anew():
        drop_tables(dynamodb_local)
        call_command("dynamo_sync", stdout=StringIO())
        embedded.ses().sent_messages.clear()

    assert machine(anew, hypothesis.settings(SETTINGS, max_examples=12)) >= 300
