"""What one network tried: the addresses of its entries in the log."""

from collections import Counter
from typing import Any

from django.utils import timezone

from otp.dynamo.operations import get
from otp.models import Block, LogEntry
from otp.outcomes import Outcome

READ = 500  # of its entries: the latest ones
SHOWN = 10  # addresses


def network(ip_hash: str) -> dict[str, Any]:
    """The template context of a network. No index finds its entries: the log is read from its end, up to a limit."""
    page = LogEntry.objects.filter(ip_hash=ip_hash).order_by("-created_at").page(READ)
    by_address: dict[str, Counter[str]] = {}
    for entry in page.items:
        by_address.setdefault(entry.address, Counter())[entry.outcome] += 1
    ranked = sorted(by_address.items(), key=lambda pair: -pair[1].total())
    block = get(Block, ip_hash)
    return {
        "name": page.items[0].network if page.items else ip_hash[:8],
        "entries": page.items,
        "newest": page.items[0] if page.items else None,
        "oldest": page.items[-1] if page.items else None,
        "is_all": page.next is None,
        "addresses": [(address, counts.total(), in_words(counts)) for address, counts in ranked[:SHOWN]],
        "others": max(len(ranked) - SHOWN, 0),
        "blocked_until": block.until if block and block.holds(timezone.now()) else None,
    }


def in_words(counts: Counter[str]) -> str:
    """The outcomes, the most frequent first: "12 wrong code, 2 code sent"."""
    labels = {each.value: each.label for each in Outcome}
    return ", ".join(f"{number} {labels.get(word, word)}" for word, number in counts.most_common())
