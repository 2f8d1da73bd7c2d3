"""How many messages a text is sent, and billed, as: 3GPP 23.038 for the alphabets, 23.040 for what joins long texts."""

# The alphabet of 7 bits. Any other character makes the whole text one of 16 bits.
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("^{}\\[~]|€\f")  # each of these takes the room of two


def segments(text: str) -> int:
    """The number of messages. A joined message has less room, as it says which one of how many it is."""
    if all(char in GSM_7 or char in TWICE for char in text):
        length, alone, joined = len(text) + sum(char in TWICE for char in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)
