"""Rules for the actions of staff, and for bounces."""

from collections.abc import Callable

from hypothesis import strategies as some
from hypothesis.stateful import initialize, precondition, rule

from otp.accounts import acting, staff
from otp.delivery import suppressions
from otp.models import Account
from tests.support.accounts import account_at

from .story import ANY, EMAIL, Story

BOSS = "boss@staff.example"


class Staff(Story):
    @initialize()
    def begin(self) -> None:
        super().begin()
        staff.appoint_by_command(BOSS, Account.Role.STAFF)
        self.boss = account_at(BOSS)

    def subject(self, address: str) -> str:
        """The key of an address's account, or a key that doesn't exist."""
        account = account_at(address)
        return account.pk if account else "nobody"

    @rule(data=some.data())
    @precondition(lambda self: self.model.codes)
    def revoke(self, data: some.DataObject) -> None:
        address, flow, live = self.some_code(data)
        if self.done(staff.revoke, f"{address} {flow}".strip(), allowed=not live.ended):
            live.revoked = True

    @rule(address=ANY)
    def deactivate(self, address: str) -> None:
        member = self.model.member(address)
        allowed = member is not None and member.is_active
        if self.done(staff.deactivate, self.subject(address), allowed=allowed):
            member.is_active = False
            member.epoch += 1
            self.forget_devices(member)

    @rule(address=ANY)
    def reactivate(self, address: str) -> None:
        member = self.model.member(address)
        allowed = member is not None and not member.is_active
        if self.done(staff.reactivate, self.subject(address), allowed=allowed):
            member.is_active = True

    @rule(address=ANY)
    def sign_out_everywhere(self, address: str) -> None:
        member = self.model.member(address)
        if self.done(staff.sign_out_everywhere, self.subject(address), allowed=member is not None):
            member.epoch += 1
            self.forget_devices(member)

    @rule(address=ANY)
    def unlock(self, address: str) -> None:
        budget = self.model.budgets[address]
        if self.done(staff.unlock, address, allowed=bool(budget.sends)):
            budget.clear()

    @rule(address=EMAIL)
    def bounce(self, address: str) -> None:
        suppressions.suppress(address, suppressions.Reason.BOUNCE)
        self.model.suppressed.add(address)

    @rule(address=EMAIL)
    def lift_suppression(self, address: str) -> None:
        if self.done(staff.lift_suppression, address, allowed=address in self.model.suppressed):
            self.model.suppressed.discard(address)

    def done(self, verb: Callable[..., None], key: str, *, allowed: bool) -> bool:
        try:
            verb(key, by=self.boss)
        except acting.Refused:
            assert not allowed
            return False
        assert allowed
        return True
