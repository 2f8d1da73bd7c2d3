"""Rules for attempts: correct, wrong, late and repeated codes; and sequences that rarely occur by chance."""

from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from hypothesis import strategies as some
from hypothesis.stateful import precondition, rule

from otp import rules
from tests.support.api import other_than
from tests.support.pages import CODE, submit

from .model import Budget
from .sends import Sends
from .sessions import Sessions
from .staff import Staff
from .story import ANY, EMAIL, Browser, answer, with_lost


class Attempts(Sends, Staff, Sessions):
    @rule(data=some.data(), lost=some.sampled_from([None, 0, 1, 2]))
    @precondition(lambda self: self.model.codes)
    def try_a_code(self, data: some.DataObject, lost: int | None) -> None:
        """The correct code, a wrong one, a replaced one, or that of another flow or address."""
        address, flow, live = self.some_code(data)
        others = [each.text for each in self.model.codes.values() if each.text] + self.model.old
        wrong = other_than(live.guess)
        self.try_one(address, flow, data.draw(some.sampled_from([live.guess, wrong, wrong, *others])), lost)

    @rule(data=some.data())
    @precondition(lambda self: self.model.codes)
    def use_up_all_attempts(self, data: some.DataObject) -> None:
        """All wrong attempts, one more, and then the correct code, which is refused."""
        address, flow, live = self.some_code(data)
        for guess in [*[other_than(live.guess)] * (rules.MAX_ATTEMPTS + 1), live.guess]:
            self.try_one(address, flow, guess)

    @rule(data=some.data(), deactivated=some.booleans())
    @precondition(lambda self: self.model.codes)
    def use_a_code_twice(self, data: some.DataObject, deactivated: bool) -> None:
        """Also a code whose first attempt was refused because staff had deactivated the account."""
        address, flow, live = self.some_code(data)
        if deactivated:
            self.deactivate(address)
        for _ in range(2):
            if (address, flow) in self.model.codes:
                self.try_one(address, flow, live.guess)

    @rule(data=some.data(), late=some.integers(0, 1))
    @precondition(lambda self: self.model.codes)
    def use_a_code_in_its_last_second_or_the_next(self, data: some.DataObject, late: int) -> None:
        address, flow, live = self.some_code(data)
        self.time_passes(max(live.expires - 1 + late - self.model.now, 0))
        self.try_one(address, flow, live.guess)

    @rule(address=EMAIL)
    def sign_in_with_a_known_browser(self, address: str) -> None:
        """A known browser gets a code although a stranger has just used the last send of the address."""
        self.wait_for_the_next_send(address, 0)
        browser = Browser(Client())
        self.ask_in(address, browser, self.model.budgets[address])
        flow = browser.client.session["flow"]
        self.try_one(address, flow, self.model.codes[address, flow].guess)
        self.send(address, challenge=False, lost=None)
        if browser.device:
            self.ask_in(address, browser, browser.device)

    @rule(address=ANY, nth=some.integers(0, 1))
    def lose_the_response_to_an_attempt(self, address: str, nth: int) -> None:
        """The SDK repeats the request, then the client does, with its idempotency key. Only one attempt is counted."""
        self.wait_for_the_next_send(address, 0)
        self.send(address, challenge=False, lost=None)
        self.try_one(address, "", other_than(self.model.codes[address, ""].guess), nth)
        self.repeat_the_last_request()

    @rule(address=ANY)
    def deactivate_between_send_and_attempt(self, address: str) -> None:
        """A correct code of a deactivated account doesn't sign in, and is used up."""
        for then in (lambda address: None, self.deactivate):
            self.wait_for_the_next_send(address, 0)
            self.send(address, challenge=False, lost=None)
            then(address)
            for _ in range(2):
                self.try_one(address, "", self.model.codes[address, ""].guess)
        self.reactivate(address)

    @rule()
    @precondition(lambda self: self.again)
    def repeat_the_last_request(self) -> None:
        """Repeat the last API request with its idempotency key: the response is the same, and nothing counts twice."""
        act, status, holds = self.again
        self.again = None
        if holds():
            assert act().status_code == status

    def try_one(self, address: str, flow: str, guess: str, lost: int | None = None) -> None:
        if (address, flow) in self.browsers:
            self.try_by_page(address, flow, guess)
        else:
            self.try_by_api(address, flow, guess, lost)

    def try_by_api(self, address: str, flow: str, guess: str, lost: int | None) -> None:
        live, key = self.model.codes[address, flow], self.new_key()
        more = {"challenge": flow} if flow else {}

        def act() -> Any:
            return answer(guess, address, {"Idempotency-Key": key}, **more)

        word = self.model.judged(address, live, guess)
        response = with_lost(act, lost)
        assert response.json()["code"] == word
        if word == "otp_invalid":
            assert response.json()["attempts_left"] == rules.MAX_ATTEMPTS - live.attempts
        if word in ("otp_invalid", "otp_verified"):
            state = live.member.state

            def holds() -> bool:
                ended = word == "otp_verified" and state != live.member.state
                return self.model.may_be_repeated(address, flow, live) and not ended

            self.again = (act, response.status_code, holds)

    def try_by_page(self, address: str, flow: str, guess: str) -> None:
        live, browser = self.model.codes[address, flow], self.browsers[address, flow]
        if self.model.now - browser.opened >= settings.SESSION_COOKIE_AGE:
            return  # the session that knew the code has expired
        is_new_browser = live.member.has_signed_in and browser.known != (live.member, live.member.epoch)
        word = self.model.judged(address, live, guess)
        response = submit(browser.client, browser.page, CODE, code=guess, request_id="", email=address)
        is_in = SESSION_KEY in browser.client.session
        assert is_in == (word == "otp_verified"), response.text
        if is_in:
            self.model.mailed += is_new_browser  # the notice
            browser.known = live.member, live.member.epoch
            self.began(live.member, browser)
            del self.browsers[address, flow]
            self.model.forget(address, flow)
            if not browser.device:
                browser.device = Budget()
                self.devices.append((address, browser))
