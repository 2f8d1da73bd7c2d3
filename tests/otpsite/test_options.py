"""The OTP_* settings: the source of each value, and that all are settings of Django."""

import runpy
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from otp.conf import DECLARED, defaults
from otpsite import options, parameters
from tests.support.live import LIVE

SETTINGS = Path(options.__file__).with_name("settings.py")


@pytest.fixture
def store(monkeypatch):
    """The content of Parameter Store, by path."""
    held = {}
    monkeypatch.setattr(parameters, "read", held.__getitem__)
    return held


def test_every_declared_setting_is_one_of_djangos(monkeypatch):
    given = {name: f"the value of {name}" for name in DECLARED} | {"OTP_KEYS": ["first", "second"]}
    monkeypatch.setattr(options, "read", lambda *args, **kwargs: given)
    values = runpy.run_path(str(SETTINGS), run_name="otpsite.anew")
    assert {name: value for name, value in values.items() if name.startswith("OTP_")} == given
    assert (values["SECRET_KEY"], values["SECRET_KEY_FALLBACKS"]) == ("first", ["second"])


def test_the_environment_overrides_parameter_store_which_overrides_defaults(store):
    store["/otp/prod"] = {"OTP_MAX_ATTEMPTS": "4", "OTP_LIFETIME": "300"}
    read = options.read(LIVE | {"OTP_SECRETS_PARAMETER": "/otp/prod"}, local=False, port=8000)
    assert (read["OTP_MAX_ATTEMPTS"], read["OTP_LIFETIME"], read["OTP_SMS"]) == (4, 600, False)
    assert read["OTP_ALLOWED_HOSTS"] == ["otp.example"]


def test_local_mode_has_its_own_defaults_and_does_not_read_parameter_store(store):
    read = options.read({"OTP_SITE_NAME": "Bakery", "OTP_SECRETS_PARAMETER": "/otp/prod"}, local=True, port=8123)
    assert (read["OTP_SITE_NAME"], read["OTP_JWT_ISSUER"]) == ("Bakery", "http://127.0.0.1:8123")


def test_a_live_site_with_only_required_settings_has_the_defaults():
    required = {name: value for name, value in LIVE.items() if name in options.REQUIRED}
    read = options.read(required, local=False, port=8000)
    assert {name: read[name] for name in DECLARED if name not in required} == {
        name: default for name, default in defaults().items() if name not in required
    }


@pytest.mark.parametrize("name", options.REQUIRED)
def test_a_live_site_does_not_start_without_a_required_one(name):
    given = {each: value for each, value in LIVE.items() if each != name}
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set. See docs/settings.md."):
        options.read(given, local=False, port=8000)
