"""Text whose direction may differ from the text around it."""

import unicodedata

from django.utils.translation import get_language_bidi

FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"


def isolated(text: str) -> str:
    """The text between Unicode's isolates if its direction isn't the current language's.

    For titles and plain text, where `<bdi>` can't be used. Nothing is added where it isn't needed, because one such
    character turns one SMS into several.
    """
    right_to_left = any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)
    if right_to_left == get_language_bidi():
        return text
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}"
