"""Names are isolated from text of the other direction."""

import pytest
from django.utils import timezone, translation

from otp.bidi import isolated
from otp.delivery import email, sms

ARABIC = "\u0627\u0644\u0645\u062e\u0628\u0632"


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "Bakery", "Bakery"),
        ("en", ARABIC, f"\u2068{ARABIC}\u2069"),
        ("ar", "Bakery", "\u2068Bakery\u2069"),
        ("ar", "127.0.0.1", "\u2068127.0.0.1\u2069"),
        ("ar", ARABIC, ARABIC),
    ],
)
def test_a_name_is_isolated_if_its_direction_differs_from_the_text(language, text, wanted):
    with translation.override(language):
        assert isolated(text) == wanted


def test_title_mail_and_sms_isolate_the_site_name(client, settings):
    settings.OTP_SITE_NAME = ARABIC
    apart = f"\u2068{ARABIC}\u2069"
    assert f"· {apart}</title>" in client.get("/").text
    mail = email.compose("person@example.com", "048213", lifetime=900, requested_at=timezone.now())
    assert apart in mail.body
    assert apart in mail.alternatives[0].content
    assert apart in sms.compose("+61412345678", "048213", lifetime=900, requested_at=timezone.now())["Message"]
