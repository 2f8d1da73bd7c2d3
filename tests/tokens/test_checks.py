"""System checks of the settings of tokens."""

import pytest

from otp.tokens import keyring
from tests.support.checks import STRONG, found


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("OTP_ACCESS_TOKEN_LIFETIME", 60),
        ("OTP_ACCESS_TOKEN_LIFETIME", 3600),
        ("OTP_REFRESH_TOKEN_LIFETIME", 600),
        ("OTP_REFRESH_TOKEN_LIFETIME", 400 * 86400),
        ("OTP_JWT_ISSUER", "https://otp.example:8443/prod"),
    ],
)
def test_the_limits_of_token_lifetimes_pass(settings, setting, value):
    settings.OTP_JWT_KEYS = [keyring.new_key()]
    setattr(settings, setting, value)
    assert found() == {}


@pytest.mark.parametrize(
    ("setting", "value", "id"),
    [
        ("OTP_JWT_KEYS", ["hunter2"], "otp.E020"),
        ("OTP_JWT_KEYS", [keyring.new_key(), "{}"], "otp.E020"),
        ("OTP_JWT_ISSUER", "", "otp.E021"),
        ("OTP_JWT_ISSUER", "otp.example", "otp.E021"),
        ("OTP_JWT_ISSUER", "https://otp.example/", "otp.E021"),
        ("OTP_JWT_ISSUER", "https://otp.example/prod/", "otp.E021"),
        ("OTP_JWT_ISSUER", "https://otp.example\n", "otp.E021"),
        ("OTP_JWT_ISSUER", "https://otp.example?a", "otp.E021"),
        ("OTP_JWT_ISSUER", "https://", "otp.E021"),
        ("OTP_ACCESS_TOKEN_LIFETIME", 3601, "otp.E022"),
        ("OTP_ACCESS_TOKEN_LIFETIME", 59, "otp.E022"),
        ("OTP_REFRESH_TOKEN_LIFETIME", 599, "otp.E023"),
        ("OTP_REFRESH_TOKEN_LIFETIME", 400 * 86400 + 1, "otp.E023"),
    ],
)
def test_unsafe_token_settings_are_refused_if_tokens_are_on(settings, setting, value, id):
    settings.OTP_JWT_KEYS = []
    setattr(settings, setting, value)
    assert [each for each in found() if setting != "OTP_JWT_KEYS"] == []
    if setting != "OTP_JWT_KEYS":
        settings.OTP_JWT_KEYS = [keyring.new_key()]
    assert list(found()) == [id]
    assert found()[id].hint
    assert "hunter2" not in str(found())


def test_the_issuer_of_a_live_site_must_be_an_https_address(settings):
    settings.OTP_KEYS, settings.LOCAL, settings.OTP_LIFETIME = [STRONG], False, 600
    settings.OTP_JWT_KEYS, settings.OTP_JWT_ISSUER = [keyring.new_key()], "http://otp.example"
    assert list(found()) == ["otp.E021"]
    settings.OTP_JWT_ISSUER = "https://otp.example"
    assert found() == {}


@pytest.mark.parametrize("path", ["nowhere.claims", "otp.tokens.claims.absent", "otp.tokens.claims.RESERVED", "plan"])
def test_a_system_check_imports_the_hook(settings, path):
    settings.OTP_CLAIMS_HOOK = path
    assert path in found()["otp.E029"].msg
    settings.OTP_CLAIMS_HOOK = "otp.tokens.claims.of_site"
    assert "otp.E029" not in found()
