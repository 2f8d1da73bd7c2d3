"""Faults of AWS's control plane, which moto doesn't have. They last for a number of calls, not for a time."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from .answers import Answer, refusal
from .calls import Call

ALWAYS = 1_000_000
Carry = Callable[[], Answer]  # makes moto carry out the call


@dataclass
class Fault:
    """`act(call, carry)` responds instead of moto, or returns None for no fault. `carry()` has moto do the call."""

    operation: str
    act: Callable[[Call, Carry], Answer | None]
    left: int
    after: str = ""  # an operation that must have been called before


@dataclass
class Faults:
    planned: list[Fault] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)  # the operations called so far
    met: list[str] = field(default_factory=list)  # those that met a fault

    def clear(self) -> None:
        self.planned, self.seen, self.met = [], [], []

    def refuse(self, operation: str, code: str, message: str = "Not now", *, times: int = 1, after: str = "") -> None:
        """Respond with an error, without carrying out the call."""
        self.planned.append(Fault(operation, lambda call, carry: refusal(call, code, message), times, after))

    def lose(self, operation: str, times: int = 1) -> None:
        """Carry out the call, but lose its response: the caller gets an error that it may retry."""

        def act(call: Call, carry: Carry) -> Answer:
            carry()
            return refusal(call, "InternalServerError", "The answer was lost", 500)

        self.planned.append(Fault(operation, act, times))

    def delay(self, operation: str, seconds: float, *, times: int = ALWAYS) -> None:
        """Carried out, with an answer that is late: whoever asked may have given up by then."""

        def act(call: Call, carry: Carry) -> Answer:
            Event().wait(seconds)
            return carry()

        self.planned.append(Fault(operation, act, times))

    def change(self, operation: str, change: Callable[[Any], Any], *, times: int = 1, after: str = "") -> None:
        """Carry out the call, and change its response."""
        self.planned.append(Fault(operation, lambda call, carry: carry().changed(change), times, after))

    def stack_status(self, name: str, status: str, until: str) -> None:
        """Show a stack in this status until an operation is called, and in its true one from then on."""

        def act(call: Call, carry: Carry) -> Answer | None:
            if until in self.seen or call.params.get("StackName") != name:
                return None
            answer = carry()
            body = re.sub(rb"(<StackStatus>)[A-Z_]+", rb"\1" + status.encode(), answer.body)
            return Answer(answer.status, answer.headers | {"Content-Length": str(len(body))}, body)

        self.planned.append(Fault("DescribeStacks", act, ALWAYS))

    def fill_indexes(self, polls: int, after: str = "") -> None:
        """A table's newest index is CREATING for some calls of DescribeTable. Until then no other can be created."""
        self.change("DescribeTable", creating, times=polls, after=after)

        def act(call: Call, carry: Carry) -> Answer | None:
            describing = next(each for each in self.planned if each.operation == "DescribeTable")
            if describing.left and (not after or after in self.seen[:-1]):
                return refusal(call, "LimitExceededException", "Only 1 online index can be created simultaneously")
            return None

        self.planned.append(Fault("UpdateTable", act, ALWAYS))

    def answer(self, call: Call, carry: Carry) -> Answer:
        self.seen.append(call.operation)
        for fault in self.due(call):
            fault.left -= 1  # first: while it is late, the same may be asked for again
            if (answer := fault.act(call, carry)) is not None:
                self.met.append(call.operation)
                return answer
        return carry()

    def due(self, call: Call) -> Iterable[Fault]:
        return [
            each
            for each in self.planned
            if each.operation == call.operation and each.left > 0 and (not each.after or each.after in self.seen)
        ]


def creating(answer: Any) -> None:
    """Change a response of DescribeTable to show the newest index as being filled."""
    for index in answer["Table"].get("GlobalSecondaryIndexes", [])[-1:]:
        index["IndexStatus"] = "CREATING"
