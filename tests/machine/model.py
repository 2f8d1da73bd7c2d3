"""What the service should do: `rules`, lists and dictionaries, and nothing of the service's own."""

from collections import Counter
from dataclasses import dataclass, field

from otp import rules

START = 2_000_000_000
OWNER, OTHER = "owner@example.com", "other@example.com"
ADDRESSES = [OWNER, OTHER]

Key = tuple[str, str]  # a code's address and flow: "" is the API's plain address, "c…" a challenge, "p…" a browser


@dataclass(eq=False)
class Budget:
    """The sends that are counted together: of an address, or of one browser that its owner signed in with."""

    sends: list[int] = field(default_factory=list)
    last_key: str = ""  # of the request that changed it last

    def wait(self, now: int) -> int:
        return max(rules.next_send_at(self.sends) - now, 0)

    def clear(self) -> None:
        self.sends, self.last_key = [], ""


@dataclass
class Live:
    """A code as the model knows it."""

    text: str | None  # None: nobody was mailed it
    expires: int
    budget: Budget
    attempts: int = 0
    used: bool = False  # a right guess was made
    revoked: bool = False  # by staff

    @property
    def ended(self) -> bool:
        return self.used or self.revoked

    @property
    def guess(self) -> str:
        """What is typed for the right code; of one that nobody was mailed, anything."""
        return self.text or "000000"


class Model:
    """Everything that counts, and what comes of each move."""

    def __init__(self) -> None:
        self.now = START
        self.codes: dict[Key, Live] = {}
        self.old: list[str] = []  # codes that were replaced, or forgotten by their browser
        self.budgets = {address: Budget() for address in ADDRESSES}
        self.active = dict.fromkeys(ADDRESSES, True)
        self.epochs = dict.fromkeys(ADDRESSES, 0)  # how often all sessions of an account were ended
        self.accounts: set[str] = set()
        self.suppressed: set[str] = set()
        self.log: Counter[tuple[str, str]] = Counter()  # by address and outcome
        self.mailed = 0

    def sent(self, address: str, flow: str, budget: Budget, text: str | None) -> None:
        """A send that was allowed; the text as its mail had it."""
        self.log[address, "otp_sent"] += 1
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
        """Whether a repeated attempt at that code is still answered as the first was."""
        return self.codes.get((address, flow)) is live and live.expires > self.now and self.active[address]

    def judged(self, address: str, live: Live, guess: str) -> str:
        """What the model answers to an attempt, and what it remembers of it."""
        word = self.verdict(live, guess)
        live.attempts += word in (
            "otp_invalid",
            "used",
            "late",
        )  # a correct one is uncounted: nobody may see it
        if word == "right":
            live.used = True
            word = "otp_verified" if self.active[address] else "account_inactive"
        if word == "otp_verified":
            self.accounts.add(address)
        word = {"used": "otp_not_found", "late": "otp_expired"}.get(word, word)
        self.log[address, word] += 1
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
