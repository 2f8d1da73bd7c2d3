"""Flows of the fault matrix. Each prepares the data, makes a request, repeats it, and checks the result.

A fault occurs during `act`, the request. `again` is what the user does next, without a fault: for most flows the same
request. `settled` asserts that everything is as if there had been no fault.
"""

from collections import Counter
from typing import Any

from otp.models import Code, LogEntry, Session
from tests.support.accounts import account_at

COOLDOWN = 60  # seconds


class Flow:
    """One flow. `clear` lists the statuses of its response when there is no fault."""

    clear: tuple[int, ...] = (200,)

    def __init__(self, number: int) -> None:
        self.address = f"person{number}@example.com"
        self.key = {"Idempotency-Key": f"key-{number}"}
        self.prepare()

    def prepare(self) -> None: ...

    def act(self) -> Any:
        raise NotImplementedError

    def wait(self, response: Any) -> int:
        """The seconds to wait before `again`, given the response, which is None if the process was killed."""
        return 0

    def again(self) -> Any:
        return self.act()

    def settled(self) -> None: ...

    # -- checks ----------------------------------------------------------------------------------------

    def outcomes(self) -> Counter[str]:
        entries = LogEntry.objects.filter(address=self.address).order_by("created_at")
        return Counter(entry.outcome for entry in entries)

    def every_sign_in_is_logged(self) -> None:
        codes = Code.objects.filter(address=self.address).order_by("created_at")
        if any(code.status == Code.Status.VERIFIED for code in codes):
            assert self.outcomes()["otp_verified"] == 1
        if account := account_at(self.address):
            assert len(Session.objects.filter(subject=account.pk)) <= self.outcomes()["otp_verified"]
