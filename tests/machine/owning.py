"""Rules for accounts: changing and adding addresses, deletion, invitations, and imports."""

import json
from contextlib import nullcontext
from typing import Any

import pytest
from django.test import Client
from hypothesis import strategies as some
from hypothesis.stateful import rule

from otp.accounts import acting, invitation, own, transfer
from otp.accounts import change as changing
from otp.accounts.change import Change
from otp.clock import DAY
from otp.exceptions import AddressTaken, OTPError
from otp.models import Account
from otp.signin import sessions
from tests.support.api import mailed_code
from tests.support.changes import CALLER

from .attempts import Attempts
from .model import EMAILS, Member
from .sessions import Kept
from .staff import BOSS
from .story import ANY, EMAIL, Browser, with_lost

MEANWHILE = ["nothing", "deactivated", "signed out", "deleted", "imported", "suppressed"]


class Owning(Attempts):
    @rule(old=EMAIL, new=ANY, meanwhile=some.sampled_from(MEANWHILE), lost=some.sampled_from([None, 0, 1]))
    def change_address(self, old: str, new: str, meanwhile: str, lost: int | None) -> None:
        """Both codes, and something that happens between the first and the second. A phone number is added."""
        kept = self.sign_in(old)
        if kept is None or new in kept.member.addresses:
            return
        member = kept.member
        for address in (new, *member.addresses):
            self.wait_for_the_next_send(address, 0)
        if not self.holds(kept):
            return
        change = Change(self.account_of(kept), new)
        is_taken = self.model.member(new) is not None
        if not self.send_of_change(change, member, new):
            return
        with pytest.raises(AddressTaken) if is_taken else nullcontext():
            changing.prove(change, mailed_code(new), caller=CALLER)
        if is_taken:
            self.model.log[new, member, "address_taken"] += 1
        elif self.send_of_change(change, member, change.current):
            self.confirm(change, kept, meanwhile, lost)

    def send_of_change(self, change: Change, member: Member, address: str) -> bool:
        """Send a code for a change. Returns whether it arrived."""
        changing.send(change, address, caller=CALLER)
        outcome = self.model.outcome_of_send(address, of_change=True)
        self.model.budgets[address].last_key = ""
        self.model.counted(address, self.model.budgets[address], member, outcome)
        return outcome == "otp_sent"

    def confirm(self, change: Change, kept: Kept, meanwhile: str, lost: int | None) -> None:
        member, code, state = kept.member, mailed_code(change.current), kept.member.state
        self.happens(meanwhile, change, kept)
        try:
            with_lost(lambda: changing.confirm(change, code, caller=CALLER), lost)
            word = "address_changed"
        except OTPError as refusal:
            word = refusal.code
        assert word == self.expected(change, member, state)
        if word != "address_changed":
            self.model.log[change.current, member, word] += 1
            return
        self.forget_devices(member)
        self.model.changed(member, change.new, change.replaced)
        kept.epoch = member.epoch
        self.all_are_as_expected()

    def happens(self, meanwhile: str, change: Change, kept: Kept) -> None:
        match meanwhile:
            case "deactivated":
                self.deactivate(change.current)
            case "signed out":
                self.sign_out_everywhere(change.current)
            case "deleted":
                self.delete(kept)
            case "imported":
                self.import_account(change.new)
            case "suppressed" if change.current in EMAILS:
                self.bounce(change.current)

    def expected(self, change: Change, member: Member, state: Any) -> str:
        if member.state != state:
            return "account_inactive" if member.exists and not member.is_active else "unavailable"
        return "address_taken" if self.model.member(change.new) else "address_changed"

    @rule(address=EMAIL)
    def delete_an_account(self, address: str) -> None:
        if kept := self.sign_in(address):
            self.delete(kept)
            self.all_are_as_expected()

    def sign_in(self, address: str) -> Kept | None:
        """Sign in in a new browser, after staff have made that possible. None if the address may not sign up."""
        self.reactivate(address)
        self.lift_suppression(address)
        self.wait_for_the_next_send(address, 0)
        browser, before = Browser(Client()), len(self.sessions)
        self.ask_in(address, browser, self.model.budgets[address])
        flow = browser.client.session["flow"]
        self.try_one(address, flow, self.model.codes[address, flow].guess)
        return self.sessions[-1] if len(self.sessions) > before else None

    def delete(self, kept: Kept) -> None:
        own.delete(self.account_of(kept))
        self.forget_devices(kept.member)
        self.model.deleted(kept.member)

    @rule(closed=some.booleans())
    def close_or_open_sign_up(self, closed: bool) -> None:
        self.model.is_closed = closed
        self.settings.OTP_SIGNUP = ["closed" if closed else "open"]

    @rule(address=EMAIL)
    def invite(self, address: str) -> None:
        allowed = not self.model.member(address) and address not in self.model.suppressed
        with nullcontext() if allowed else pytest.raises(acting.Refused):
            invitation.invite(address, by=BOSS, site="https://example.com/", days=1)
        if allowed:
            self.model.mailed += 1
            self.model.invited[address] = self.model.now + DAY
            self.model.budgets[address].last_key = ""

    @rule(address=ANY)
    def import_account(self, address: str) -> None:
        """An account that exists stays as it is. Codes that were sent before don't open a new one."""
        is_new = self.model.member(address) is None
        line = json.dumps({"email" if address in EMAILS else "phone": address})
        *_, report = transfer.load([line])
        assert (report.added, report.unchanged) == (is_new, not is_new)
        if is_new:
            self.model.point(address, Member(exists=True, addresses=[address]))

    def account_of(self, kept: Kept) -> Account:
        return sessions.account_of(kept.key)
