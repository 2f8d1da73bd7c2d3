"""Rules for sessions: using cookies, also copied ones, and signing out."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from hypothesis import strategies as some
from hypothesis.stateful import precondition, rule

from tests.support.pages import is_in

from .model import Member
from .story import Browser, Story


@dataclass
class Kept:
    """A copy of a session's cookies, made when it signed in."""

    member: Member
    client: Client
    expires: int
    epoch: int
    key: str  # of the session: "subject sid"
    signed_out: bool = False

    @property
    def sid(self) -> str:
        return self.key.partition(" ")[2]


class Sessions(Story):
    def began(self, member: Member, browser: Browser) -> None:
        client = Client()
        client.cookies = browser.client.cookies.copy()
        expires = self.model.now + settings.OTP_SESSION_AGE
        self.sessions.append(Kept(member, client, expires, member.epoch, client.session[SESSION_KEY]))

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
        ends = self.holds(kept) and kept.member is other.member
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
            kept.member.epoch += 1
            kept.epoch = kept.member.epoch
            self.forget_devices(kept.member)
        self.all_are_as_expected()

    def all_are_as_expected(self) -> None:
        for each in self.sessions:
            assert is_in(each.client) == self.holds(each)

    def holds(self, kept: Kept) -> bool:
        if kept.signed_out or kept.expires <= self.model.now:
            return False
        return kept.member.exists and kept.member.is_active and kept.epoch == kept.member.epoch
