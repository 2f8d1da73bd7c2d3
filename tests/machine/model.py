"""The model: what the service should do, with `rules` and plain lists and dictionaries instead of its own code."""

from collections import Counter
from dataclasses import dataclass, field

from otp import rules

START = 2_000_000_000
EMAILS = ["owner@example.com", "other@example.com"]
ADDRESSES = [*EMAILS, "+61412345678"]
DELETED = "deleted"  # the address in the log entries of deleted accounts

Key = tuple[str, str]  # a code's address and flow: "" is the API's plain address, "c…" a challenge, "p…" a browser


@dataclass(eq=False)
class Budget:
    """The budget of an address, or of one of its known browsers."""

    sends: list[int] = field(default_factory=list)
    last_key: str = ""  # idempotency key of the last request that changed it

    def wait(self, now: int) -> int:
        return max(rules.next_send_at(self.sends) - now, 0)

    def clear(self) -> None:
        self.sends, self.last_key = [], ""


@dataclass(eq=False)
class Member:
    """An account, or the one that the next sign-in at an address would create: then it doesn't `exist`."""

    exists: bool = False
    addresses: list[str] = field(default_factory=list)
    former: set[str] = field(default_factory=set)
    is_active: bool = True
    epoch: int = 0  # how often all its sessions were ended
    has_signed_in: bool = False

    @property
    def state(self) -> tuple[bool, bool, int, list[str]]:
        return self.exists, self.is_active, self.epoch, list(self.addresses)


@dataclass
class Live:
    """A code in the model."""

    text: str | None  # None if it wasn't mailed
    expires: int
    budget: Budget
    member: Member  # who signs in with it
    may_create: bool
    attempts: int = 0
    used: bool = False  # the correct code was entered
    revoked: bool = False  # by staff

    @property
    def ended(self) -> bool:
        return self.used or self.revoked

    @property
    def guess(self) -> str:
        """The correct code; an arbitrary one if it wasn't mailed."""
        return self.text or "000000"


class Model:
    """The state of the service, and the expected outcome of each rule."""

    def __init__(self) -> None:
        self.now = START
        self.codes: dict[Key, Live] = {}
        self.old: list[str] = []  # codes that were replaced, or whose browser lost its session
        self.budgets = {address: Budget() for address in ADDRESSES}
        self.pointers: dict[str, Member] = {}  # by address
        self.is_closed = False  # to new addresses that aren't invited
        self.invited: dict[str, int] = {}  # by address, when the invitation lapses
        self.suppressed: set[str] = set()
        self.log: Counter[tuple[str, Member | None, str]] = Counter()  # by address, account and outcome
        self.mailed = 0

    def member(self, address: str) -> Member | None:
        """The account that an address belongs to."""
        pointer = self.pointers.get(address)
        return pointer if pointer and pointer.exists else None

    # -- sends -----------------------------------------------------------------------------------------

    def outcome_of_send(self, address: str, *, of_change: bool = False) -> str:
        may_sign_in = self.member(address) or self.invited.get(address, 0) > self.now or not self.is_closed
        if not (may_sign_in or of_change):
            return "signup_refused"
        return "address_suppressed" if address in self.suppressed else "otp_sent"

    def sent(self, address: str, flow: str, budget: Budget, text: str | None) -> None:
        """Record a send that was allowed. `text` is the code in its message."""
        member = self.pointers.setdefault(address, Member())
        self.counted(address, budget, member, self.outcome_of_send(address))
        if (address, flow) in self.codes:
            self.forget(address, flow)
        may_create = text is not None and not member.exists
        self.codes[address, flow] = Live(text, self.now + rules.LIFETIME, budget, member, may_create)

    def counted(self, address: str, budget: Budget, member: Member, outcome: str) -> None:
        self.log[address, member, outcome] += 1
        self.mailed += outcome == "otp_sent"
        budget.sends = rules.sends_after(budget.sends, self.now)

    def refused(self, address: str) -> None:
        self.log[address, self.pointers.get(address) or Member(), "otp_cooldown"] += 1

    def forget(self, address: str, flow: str) -> None:
        self.old.append(self.codes.pop((address, flow)).guess)

    # -- attempts --------------------------------------------------------------------------------------

    def may_be_repeated(self, address: str, flow: str, live: Live) -> bool:
        """Whether a repeated attempt on this code still gets the response of the first."""
        return self.codes.get((address, flow)) is live and live.expires > self.now and live.member.is_active

    def judged(self, address: str, live: Live, guess: str) -> str:
        """Record an attempt. Returns the expected outcome."""
        word = self.verdict(live, guess)
        is_known = not live.revoked and live.attempts < rules.MAX_ATTEMPTS  # the code, and with it the account
        # A correct code isn't counted: the counter must not show that it was entered.
        live.attempts += word in ("otp_invalid", "used", "late")
        if word == "right":
            live.used, word = True, self.signed_in(address, live)
        word = {"used": "otp_not_found", "late": "otp_expired"}.get(word, word)
        locked = word == "otp_invalid" and live.attempts == rules.MAX_ATTEMPTS
        self.log[address, live.member if is_known else None, "otp_locked" if locked else word] += 1
        return word

    def verdict(self, live: Live, guess: str) -> str:
        if live.revoked:
            return "otp_not_found"
        if live.attempts >= rules.MAX_ATTEMPTS:
            return "otp_expired" if live.expires <= self.now else "otp_attempts_exceeded"
        if live.expires <= self.now:
            return "used" if live.used and guess == live.text else "late"
        if guess != live.text:
            return "otp_invalid"
        return "used" if live.used else "right"

    def signed_in(self, address: str, live: Live) -> str:
        """Record a correct code. It signs in to the account that the address had when it was sent, or creates it."""
        member = live.member
        if live.may_create and not member.exists and self.pointers.get(address) is member:
            member.exists, member.addresses = True, [address]
        if member.exists and not member.is_active:
            return "account_inactive"
        if not member.exists or address not in member.addresses:
            return "otp_not_found"
        member.has_signed_in = True
        return "otp_verified"

    # -- accounts --------------------------------------------------------------------------------------

    def point(self, address: str, member: Member | None) -> None:
        """Make an address belong to another account, or to none. A repeated send isn't recognized any more then."""
        if member is None:
            self.pointers.pop(address)
            self.invited.pop(address, None)
        else:
            self.pointers[address] = member
        self.budgets[address].last_key = ""

    def changed(self, member: Member, new: str, replaced: str | None) -> None:
        """Record that an account has another address, in place of one or beside it."""
        known = [*([replaced] if replaced else []), *member.addresses]
        told = next((address for address in known if address in EMAILS), None)
        self.mailed += told is not None and told not in self.suppressed  # the notice
        current = replaced or member.addresses[0]
        for address in (current, new):
            self.log[address, member, "address_changed"] += 1
        if replaced:
            self.point(replaced, None)
            member.former.add(replaced)
        member.addresses = [*(each for each in member.addresses if each != replaced), new]
        member.former.discard(new)
        member.epoch += 1
        self.point(new, member)

    def deleted(self, member: Member) -> None:
        """Record that an account is gone. The log keeps its entries without address and account."""
        for address in [*member.addresses, *member.former]:
            whose = (member, None) if address in member.addresses else (member,)
            for key in [key for key in self.log if key[0] == address and key[1] in whose]:
                self.log[DELETED, None, key[2]] += self.log.pop(key)
        for address in member.addresses:
            self.point(address, None)
        member.exists = False
