"""Rules for sends: allowed and too early, by pages and by the API."""

from typing import Any

from django.conf import settings
from django.test import Client
from hypothesis import strategies as some
from hypothesis.stateful import precondition, rule

from otp import rules
from otp.delivery import email
from tests.support import faults
from tests.support.api import mailed_code
from tests.support.pages import request_code

from .model import Budget, Live, Member
from .story import ANY, EMAIL, Browser, Story, answer, ask, with_lost


class Sends(Story):
    @rule(address=ANY, challenge=some.booleans(), lost=some.sampled_from([None, 0, 1]))
    def send(self, address: str, challenge: bool, lost: int | None) -> None:
        """By the owner or a stranger. `lost` is the DynamoDB request whose response is lost, None for none."""
        key, budget = self.new_key(), self.model.budgets[address]
        more = {"challenge": True} if challenge else {}

        def act() -> Any:
            return ask(address, {"Idempotency-Key": key}, **more)

        allowed = not budget.wait(self.model.now)
        response = with_lost(act, lost)
        assert response.status_code == (200 if allowed else 429)
        flow = response.json().get("challenge", "")
        self.was_sent(address, flow, budget, response, allowed)
        if allowed:
            budget.last_key, live = key, self.model.codes[address, flow]
            # Once the code has expired, or has made a newcomer a member, the same request is a new send.
            self.again = (act, 200, lambda: budget.last_key == key and self.is_pending(live))

    def is_pending(self, live: Live) -> bool:
        return live.expires > self.model.now and not live.used

    @rule(address=EMAIL, guesses=some.integers(0, 3))
    def send_a_mail_that_is_refused(self, address: str, guesses: int) -> None:
        """With an attempt before the refusal, the send still counts against the budget, and its code is ended."""
        budget, allowed = self.model.budgets[address], not self.model.budgets[address].wait(self.model.now)

        def refuse(request: Any, real: Any) -> Any:
            for _ in range(guesses):
                assert answer("no code", address).status_code == 401
            return faults.error("SendingPausedException")(request, real)  # an error that isn't retried

        with faults.faulty("SendEmail", refuse, of=email.backend().connection):
            response = ask(address)
        assert response.status_code == (503 if allowed else 429)
        if not allowed:
            self.model.refused(address)
            return
        member = self.model.pointers.setdefault(address, Member())
        self.model.log[address, member, "delivery_failed"] += 1
        self.model.log[address, member, "otp_invalid"] += guesses
        self.again = None
        if (address, "") in self.model.codes:
            self.model.forget(address, "")
        budget.last_key = ""
        if guesses:
            budget.sends = rules.sends_after(budget.sends, self.model.now)
            expires = self.model.now + rules.LIFETIME
            self.model.codes[address, ""] = Live(None, expires, budget, member, False, attempts=guesses, revoked=True)
        assert int(response["Retry-After"]) == max(budget.wait(self.model.now), 1)

    @rule(address=ANY, times=some.integers(2, 5))
    def send_as_often_as_may_be(self, address: str, times: int) -> None:
        """Each send once a second too early, and then on time."""
        for _ in range(times):
            for early in (1, 0):
                self.wait_for_the_next_send(address, early)
                self.send(address, challenge=False, lost=None)

    @rule(address=EMAIL)
    def send_by_page(self, address: str) -> None:
        self.ask_in(address, Browser(Client()), self.model.budgets[address])

    @rule(data=some.data())
    @precondition(lambda self: self.devices)
    def send_by_the_owners_browser(self, data: some.DataObject) -> None:
        """The known browser has its own budget, which strangers' sends don't use."""
        address, browser = data.draw(some.sampled_from(self.devices))
        self.ask_in(address, browser, browser.device)

    def ask_in(self, address: str, browser: Browser, budget: Budget) -> None:
        allowed = not budget.wait(self.model.now)
        for key in [key for key, asked in self.browsers.items() if asked is browser]:
            del self.browsers[key]  # the session that knew the code is gone
            self.model.forget(*key)
        browser.client.cookies.pop(settings.SESSION_COOKIE_NAME, None)  # keep only the cookie of the known browser
        browser.page, browser.opened = request_code(browser.client, address), self.model.now
        flow = browser.client.session["flow"]
        assert bool(browser.page.redirect_chain) == allowed, browser.page.text
        if allowed:
            self.browsers[address, flow] = browser
            budget.last_key = flow
        self.was_sent(address, flow, budget, browser.page, allowed)

    def was_sent(self, address: str, flow: str, budget: Budget, response: Any, allowed: bool) -> None:
        if allowed:
            text = mailed_code(address) if self.model.outcome_of_send(address) == "otp_sent" else None
            self.model.sent(address, flow, budget, text)
        else:
            assert int(response["Retry-After"]) == budget.wait(self.model.now)
            self.model.refused(address)
