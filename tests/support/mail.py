"""What people read of a mail."""

import re
from html import unescape


def words_of(html: str) -> list[str]:
    """The visible words of HTML."""
    return unescape(re.sub(r"<[^>]*>", " ", html.partition("<body")[2].partition(">")[2])).split()
