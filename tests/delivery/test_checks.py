"""System checks of the settings of SMS."""

import pytest

from tests.support.checks import found


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("OTP_SMS_SENDER_ID", "elevensigns"),
        ("OTP_SMS_SENDER_ID", ""),
        ("OTP_SMS_ORIGINATION", "+12345"),
        ("OTP_SMS_ORIGINATION", "+" + "1" * 15),
        ("OTP_SMS_ORIGINATION", ""),
        ("OTP_SMS_SIMULATOR", "+12345"),
        ("OTP_SMS_COUNTRIES", ["AU", "NZ"]),
    ],
)
def test_the_limits_of_sms_settings_pass(settings, setting, value):
    settings.OTP_SMS = True
    setattr(settings, setting, value)
    assert found() == {}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("OTP_SMS_COUNTRIES", []),
        ("OTP_SMS_COUNTRIES", ["Australia"]),
        ("OTP_SMS_COUNTRIES", ["au"]),
        ("OTP_SMS_DOMAIN", ""),
        ("OTP_SMS_DOMAIN", "https://signin.example.com/"),
        ("OTP_SMS_SENDER_ID", "much too long"),
        ("OTP_SMS_ORIGINATION", "0412345678"),
        ("OTP_SMS_SIMULATOR", ""),
    ],
)
def test_sms_needs_its_settings(settings, setting, value):
    setattr(settings, setting, value)
    assert found() == {}
    settings.OTP_SMS = True
    assert list(found()) == ["otp.E013"]
    assert setting in found()["otp.E013"].msg


def test_complete_sms_settings_pass(settings):
    settings.OTP_SMS = True
    assert found() == {}


@pytest.mark.parametrize(("countries", "ids"), [(["AU", "UK"], ["otp.E026"]), (["AU", "GB", "NZ"], [])])
def test_a_country_that_does_not_exist_is_refused(settings, countries, ids):
    settings.OTP_SMS, settings.OTP_SMS_COUNTRIES = True, countries
    assert list(found()) == ids
    assert all("'UK'" in each.msg and each.hint for each in found().values())
