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
LIFETIME = 15 * MINUTE
SKEW = 5 * MINUTE  # how much the clocks of two servers may differ; AWS refuses requests if a clock is further off
MAX_ATTEMPTS = 6

# At most i sends are allowed in any SEND_WINDOWS[i - 1] seconds. The windows roll, so nothing is reset at midnight. A
# sign-in resets nothing either, because a stranger could observe that. Nine sends fit into the first hour, and a tenth
# when it ends: enough to sign in on several devices. The last window limits the attempts in any
# 24 hours. It is longer than a day by the lifetime of a code, because a code can be used that long after its send.
SEND_WINDOWS = (
    *(1 * MINUTE, 1 * MINUTE, 2 * MINUTE, 3 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(1 * HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR, 9 * HOUR, 13 * HOUR, 18 * HOUR),
    1 * DAY + LIFETIME,
)


def new_seed() -> str:
    """The seed of a code: 128 random bits in hex. It is stored in the code's item, and is useless without the key."""
    return secrets.token_hex(16)


def code_of(key: str, seed: str) -> str:
    """The six digits of a code, all equally likely. The same seed and key give the same code, so it can be resent."""
    return f"{int(keyed_hash(key, 'digits', seed), 16) % 10**DIGITS:0{DIGITS}d}"


def normalize_code(text: str) -> str:
    """The code that was typed or pasted: digits of any script as ASCII, without spaces and dashes.

    If the text has exactly one distinct run of six digits, as in a pasted sentence, that run is the code.
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
    """The stored digest of a code: HMAC-SHA-256 in hex, valid for one flow and one address."""
    return keyed_hash(key, "code", flow, address, code)


def matches(digests: Sequence[str], code_digest: str) -> bool:
    """Whether any of the digests, the guess under each of OTP_KEYS, equals the stored one. Takes constant time."""
    return any([hmac.compare_digest(digest, code_digest) for digest in digests])


def keyed_hash(key: str, purpose: str, *parts: str) -> str:
    """HMAC-SHA-256 in hex over a purpose and parts. Each has its length in front, so the input is unambiguous."""
    message = "".join(f"{len(part)}:{part}" for part in (purpose, *parts))
    return hmac.digest(key.encode(), message.encode(errors="surrogatepass"), "sha256").hex()


def next_send_at(sends: Sequence[int], windows: Sequence[int] = SEND_WINDOWS) -> int:
    """When the next code may be sent, given the times of the last sends, oldest first. A time in the past means now."""
    return max((sent + window for sent, window in zip(reversed(sends), windows, strict=False)), default=0)


def sends_after(sends: Sequence[int], now: int, windows: Sequence[int] = SEND_WINDOWS) -> list[int]:
    """The sends to store after one more now: at most as many as there are windows."""
    return [*plausible(sends, now), now][-len(windows) :]


def plausible(sends: Sequence[int], now: int) -> list[int]:
    """The sends with implausible times corrected: a time later than now counts as now.

    A time later than now by more than SKEW was stored by a clock that was wrong, and is left out.
    """
    return [min(sent, now) for sent in sends if sent <= now + SKEW]


def guesses_per_day(
    max_attempts: int = MAX_ATTEMPTS, windows: Sequence[int] = SEND_WINDOWS, lifetime: int = LIFETIME
) -> int:
    """The most guesses that are possible at one address in any 24 hours: attempts for each code times codes.

    Codes count if they are sent in those 24 hours, or earlier but still valid at their start.
    """
    span = DAY + lifetime
    return max_attempts * min(sends * -(-span // window) for sends, window in enumerate(windows, 1))
