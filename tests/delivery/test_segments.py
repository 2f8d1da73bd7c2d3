"""What a text message costs: it is billed by segment."""

import pytest
from django.conf import settings as site
from django.utils import timezone, translation

from otp.delivery import sms
from otp.delivery.segments import segments

LATIN = ("en", "de", "es", "fr")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("ä" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("’" + "a" * 69, 1),
        ("’" + "a" * 70, 2),
        ("’" + "a" * 134, 3),
        ("ç" + "a" * 70, 2),  # the GSM alphabet only has the capital letter
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_a_text_is_split_into_segments_as_networks_do(text, count):
    assert segments(text) == count


@pytest.mark.parametrize("language", [code for code, name in site.LANGUAGES])
@pytest.mark.parametrize("minutes", [1, 2, 5, 15])
@pytest.mark.parametrize("change", [False, True], ids=["sign-in", "change"])
def test_a_code_takes_one_segment_or_two_in_other_alphabets(settings, language, minutes, change):
    settings.OTP_SITE_NAME, settings.OTP_SMS_DOMAIN = "The bakery", "signin.example.com"
    with translation.override(language):
        sent = {"lifetime": minutes * 60, "requested_at": timezone.now(), "change": change}
        text = sms.compose("+61412345678", "048213", **sent)["Message"]
    assert segments(text) <= (1 if language in LATIN else 2), text
