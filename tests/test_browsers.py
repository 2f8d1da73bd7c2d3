"""Browser names come from a fixed list."""

import pytest
from django.utils import translation

from otp.browsers import BROWSERS, SYSTEMS, browser_in_words

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on Mac"),
        (f"{MAC} Version/18.1 Safari/605.1.15", "Safari on Mac"),
        (WINDOWS, "Chrome on Windows"),
        (f"{WINDOWS} Edg/131.0.0.0", "Edge on Windows"),
        (f"{WINDOWS} OPR/116.0.0.0", "Opera on Windows"),
        (f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"{IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (f"{IPHONE} FxiOS/132.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
        (f"{ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"{ANDROID} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android"),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
            "Chrome on ChromeOS",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/131.0.0.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64) Safari/537.36", "Linux"),
        ("Firefox/1", "Firefox"),
        ("python-requests/2.32.3", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_with_its_system(user_agent, words):
    assert browser_in_words(user_agent) == words


@pytest.mark.parametrize(
    "user_agent", ["Call +61 2 5550 0000 now! Firefox/1 Windows", "<b>Chrome/</b> on Mac OS X", "\x00"]
)
def test_no_text_of_the_header_is_repeated(user_agent):
    words = {*BROWSERS, *SYSTEMS, ""}
    assert {browser_in_words(user_agent)} <= words | {f"{one} on {other}" for one in BROWSERS for other in SYSTEMS}


def test_it_is_named_in_the_readers_language():
    with translation.override("de"):
        assert browser_in_words(WINDOWS) == "Chrome unter Windows"
