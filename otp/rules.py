"""The rules of one-time codes: how one is made, digested and compared, and when the next may be sent.

Pure: no Django, no AWS, no clock. Times are Unix timestamps in whole seconds, and are passed in.
"""

import hmac
import re
import secrets
import unicodedata
from collections.abc import Sequence

from .clock import DAY, HOUR, MINUTE

DIGITS = 6
LIFETIME = 15 * 60
SKEW = 5 * MINUTE  # that the clocks of two servers may differ by; AWS refuses requests of clocks that are further off
TRIES = 6

# A send is allowed when, for every i, the i-th last one is at least this long ago. The windows roll, so
# nothing has to be reset at midnight, and a sign-in resets nothing either: a stranger would see it.
# Ten sends fit into the first hour, for whoever signs in on several devices. The sixteenth window bounds the
# guesses of any 24 hours: it is longer by the lifetime of a code, as a code outlives its send by that much.
SEND_WINDOWS = (
    *(1 * MINUTE, 1 * MINUTE, 2 * MINUTE, 3 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(1 * HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 9 * HOUR, 13 * HOUR, 18 * HOUR),
    1 * DAY + LIFETIME,
)


def new_seed() -> str:
    """What a code is made from: 128 random bits as hex. Stored with the code, and worth nothing without the key."""
    return secrets.token_hex(16)


def code_of(key: str, seed: str) -> str:
    """Six digits, each as likely as any other. The same seed and key give the same, so a code can be sent again."""
    return f"{int(keyed_hash(key, 'digits', seed), 16) % 10**DIGITS:0{DIGITS}d}"


def normal_code(text: str) -> str:
    """The code a person meant: digits of any script as ASCII, without the spaces and dashes mails and phones add.

    Of a pasted sentence, the code is its only run of six digits (the same code twice is one).
    """
    runs = {run for run in re.findall(r"[0-9]+", _ascii_digits(text)) if len(run) == DIGITS}
    if len(runs) == 1:
        return runs.pop()
    folded = _ascii_digits(unicodedata.normalize("NFKC", text))
    return "".join(char for char in folded if not char.isspace() and unicodedata.category(char) != "Pd")


def _ascii_digits(text: str) -> str:
    """The text with digits of any script as ASCII, without invisible characters."""
    return "".join(str(unicodedata.decimal(char, char)) for char in text if unicodedata.category(char) != "Cf")


def digest(key: str, *, flow: str, address: str, code: str) -> str:
    """HMAC-SHA-256 in hex. A digest holds for one flow, one address and one code, and says nothing without the key."""
    return keyed_hash(key, "code", flow, address, code)


def matches(digests: Sequence[str], code_digest: str) -> bool:
    """Whether one of a guess's digests (one per verifying key) is the code's; the time taken tells nothing."""
    return any([hmac.compare_digest(digest, code_digest) for digest in digests])


def keyed_hash(key: str, purpose: str, *parts: str) -> str:
    """HMAC-SHA-256 in hex over a purpose and parts, each with its length, so that no two lists of parts are alike."""
    message = "".join(f"{len(part)}:{part}" for part in (purpose, *parts))
    return hmac.digest(key.encode(), message.encode(errors="surrogatepass"), "sha256").hex()


def next_send_at(sends: Sequence[int], windows: Sequence[int] = SEND_WINDOWS) -> int:
    """When the next code may be sent, given when the last ones were (oldest first). In the past: now."""
    return max((sent + window for sent, window in zip(reversed(sends), windows, strict=False)), default=0)


def sends_after(sends: Sequence[int], now: int, windows: Sequence[int] = SEND_WINDOWS) -> list[int]:
    """The sends to remember once one more was made now: never more than there are windows."""
    return [*believable(sends, now), now][-len(windows) :]


def believable(sends: Sequence[int], now: int) -> list[int]:
    """The sends as of now. One that is later than now by more than SKEW is from a clock that was ahead: it is left out.

    One that is later by less, since the clocks of two servers differ, counts as made now.
    """
    return [min(sent, now) for sent in sends if sent <= now + SKEW]


def guesses_per_day(tries: int = TRIES, windows: Sequence[int] = SEND_WINDOWS, lifetime: int = LIFETIME) -> int:
    """The most guesses that can be made against one address in any 24 hours: tries a code, times codes.

    The codes are those sent in these 24 hours, and in the lifetime of a code before them.
    """
    span = DAY + lifetime
    return tries * min(sends * -(-span // window) for sends, window in enumerate(windows, 1))
