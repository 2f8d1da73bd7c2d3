"""Settings: their declaration, and reading them from Django and the environment."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from otp.conf import DECLARED, conf, from_environment


def test_a_setting_is_read_when_it_is_used(settings):
    assert conf.max_attempts == 6
    settings.OTP_MAX_ATTEMPTS = 3
    assert conf.max_attempts == 3


def test_every_setting_has_a_default_of_its_type_and_a_help_text():
    assert all(name == name.upper() and name.startswith("OTP_") for name in DECLARED)
    assert all(len(setting.help) > 20 for setting in DECLARED.values())


def test_the_environment_gives_settings_of_the_same_name():
    given = {
        "OTP_MAX_ATTEMPTS": "5",
        "OTP_KEYS": "a, b ,",
        "OTP_SEND_WINDOWS": "60,86400",
        "OTP_UNKNOWN": "x",
        "HOME": "/",
    }
    assert from_environment(given) == {"OTP_MAX_ATTEMPTS": 5, "OTP_KEYS": ["a", "b"], "OTP_SEND_WINDOWS": (60, 86400)}


def test_a_malformed_value_is_named_but_not_repeated():
    with pytest.raises(ImproperlyConfigured, match="OTP_MAX_ATTEMPTS cannot be read as int") as refused:
        from_environment({"OTP_MAX_ATTEMPTS": "a-secret-pasted-in-the-wrong-place"})
    assert "a-secret" not in str(refused.value)


@pytest.mark.parametrize("link", ["https://bakery.example/help", "mailto:help@bakery.example", "/help", ""])
def test_a_valid_link_is_accepted(link):
    assert from_environment({"OTP_HELP_URL": link}) == {"OTP_HELP_URL": link}


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://bakery.example/", "help"])
def test_any_other_link_is_malformed(link):
    with pytest.raises(ImproperlyConfigured, match="OTP_HELP_URL"):
        from_environment({"OTP_HELP_URL": link})
