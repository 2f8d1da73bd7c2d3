"""The model: what the service should do, with `rules` and plain lists and dictionaries instead of its own code."""

from collections import Counter
from dataclasses import dataclass, field

from otp import rules

START = 2_000_000_000
OWNER, OTHER = "owner@example.com", "other@example.com"
ADDRESSES = [OWNER, OTHER]

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


@dataclass
class Live:
    """A code in the model."""

    text: str | None  # None if it wasn't mailed
    expires: int
    budget: Budget
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
        self.active = dict.fromkeys(ADDRESSES, True)
        self.epochs = dict.fromkeys(ADDRESSES, 0)  # by address, how often all sessions were ended
        self.accounts: set[str] = set()
        self.suppressed: set[str] = set()
        self.log: Counter[tuple[str, str]] = Counter()  # by address and outcome
        self.mailed = 0

    def sent(self, address: str, flow: str, budget: Budget, text: str | None) -> None:
        """Record a send that was allowed. `text` is the code in its mail."""
        self.log[address, "address_suppressed" if text is None else "otp_sent"] += 1
        self.mailed += text is not None
        budget.sends = rules.sends_after(budget.sends, self.now)
        if (address, flow) in self.codes:
            self.forget(address, flow)
        self.codes[address, flow] = Live(text, self.now + rules.LIFETIME, budget)

    def refused(self, address: str) -> None:
        self.log[address, "otp_cooldown"] += 1

    def forget(self, address: str, flow: str) -> None:
        self.old.append(self.codes.pop((address, flow)).guess)

    def may_be_repeated(self, address: str, flow: str, live: Live) -> bool:
        """Whether a repeated attempt on this code still gets the response of the first."""
        return self.codes.get((address, flow)) is live and live.expires > self.now and self.active[address]

    def judged(self, address: str, live: Live, guess: str) -> str:
        """Record an attempt. Returns the expected outcome."""
        word = self.verdict(live, guess)
        # A correct code isn't counted: the counter must not show that it was entered.
        live.attempts += word in ("otp_invalid", "used", "late")
        if word == "right":
            live.used = True
            word = "otp_verified" if self.active[address] else "account_inactive"
        if word == "otp_verified":
            self.accounts.add(address)
        word = {"used": "otp_not_found", "late": "otp_expired"}.get(word, word)
        locked = word == "otp_invalid" and live.attempts == rules.MAX_ATTEMPTS
        self.log[address, "otp_locked" if locked else word] += 1
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
