"""Each thing that somebody does, as the fault matrix wants it: made ready, done, done again, and looked at.

A flow's `act` is the one request that is harmed. `again` is what the person does next, when all is well: for most the
same request once more. `settled` says that all is as if nothing had happened.
"""

from collections import Counter
from typing import Any

from otp.models import Code, LogEntry, Session
from tests.support.accounts import account_at

COOLDOWN = 60  # seconds


class Flow:
    """`clear` are the statuses that an undisturbed one ends with."""

    clear: tuple[int, ...] = (200,)

    def __init__(self, number: int) -> None:
        self.address = f"person{number}@example.com"
        self.key = {"Idempotency-Key": f"key-{number}"}
        self.prepare()

    def prepare(self) -> None: ...

    def act(self) -> Any:
        raise NotImplementedError

    def wait(self, response: Any) -> int:
        """Seconds until `again` makes sense, given the answer; None for a process that was killed."""
        return 0

    def again(self) -> Any:
        return self.act()

    def settled(self) -> None: ...

    # -- what is looked at -----------------------------------------------------------------------------

    def outcomes(self) -> Counter[str]:
        entries = LogEntry.objects.filter(address=self.address).order_by("created_at")
        return Counter(entry.outcome for entry in entries)

    def nobody_is_in_without_an_entry(self) -> None:
        codes = Code.objects.filter(address=self.address).order_by("created_at")
        if any(code.status == Code.Status.VERIFIED for code in codes):
            assert self.outcomes()["otp_verified"] == 1
        if account := account_at(self.address):
            assert len(Session.objects.filter(subject=account.pk)) <= self.outcomes()["otp_verified"]
