"""Rules for sessions: using cookies, also copied ones, and signing out."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from hypothesis import strategies as some
from hypothesis.stateful import precondition, rule

from tests.support.pages import is_in

from .story import Browser, Story


@dataclass
class Kept:
    """A copy of a session's cookies, made when it signed in."""

    address: str
    client: Client
    expires: int
    epoch: int
    sid: str
    signed_out: bool = False


class Sessions(Story):
    def began(self, address: str, browser: Browser) -> None:
        client = Client()
        client.cookies = browser.client.cookies.copy()
        expires = self.model.now + settings.OTP_SESSION_AGE
        sid = client.session[SESSION_KEY].partition(" ")[2]
        self.sessions.append(Kept(address, client, expires, self.model.epochs[address], sid))

    @rule(data=some.data())
    @precondition(lambda self: self.sessions)
    def look_at_the_account(self, data: some.DataObject) -> None:
        kept = data.draw(some.sampled_from(self.sessions))
        page = kept.client.get("/account/")
        assert page.status_code == (200 if self.holds(kept) else 302)

    @rule(data=some.data())
    @precondition(lambda self: self.sessions)
    def sign_out(self, data: some.DataObject) -> None:
        """Ends that session, also for copies of its cookie, and no other session."""
        kept = data.draw(some.sampled_from(self.sessions))
        held, copy = self.holds(kept), Client()
        copy.cookies = kept.client.cookies.copy()
        kept.client.post("/account/sign-out/")
        kept.signed_out = kept.signed_out or held
        assert copy.get("/account/").status_code == 302
        for other in self.sessions:
            assert other.client.get("/account/").status_code == (200 if self.holds(other) else 302)

    @rule(data=some.data())
    @precondition(lambda self: self.sessions)
    def end_another(self, data: some.DataObject) -> None:
        """From one session end another; nobody ends another person's."""
        kept, other = (data.draw(some.sampled_from(self.sessions)) for _ in range(2))
        ends = self.holds(kept) and kept.address == other.address
        kept.client.post("/account/sessions/end/", {"session": other.sid})
        other.signed_out = other.signed_out or ends
        self.all_are_as_expected()

    @rule(data=some.data())
    @precondition(lambda self: self.sessions)
    def end_all_others(self, data: some.DataObject) -> None:
        """The account gets another epoch, and with it no session but this one."""
        kept = data.draw(some.sampled_from(self.sessions))
        held = self.holds(kept)
        kept.client.post("/account/sessions/end-others/")
        if held:
            self.model.epochs[kept.address] += 1
            kept.epoch = self.model.epochs[kept.address]
            self.forget_devices(kept.address)
        self.all_are_as_expected()

    def all_are_as_expected(self) -> None:
        for each in self.sessions:
            assert is_in(each.client) == self.holds(each)

    def holds(self, kept: Kept) -> bool:
        if kept.signed_out or kept.expires <= self.model.now or not self.model.active[kept.address]:
            return False
        return kept.epoch == self.model.epochs[kept.address]
