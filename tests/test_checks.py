"""System checks refuse unsafe settings and name a remedy."""

import importlib.util
import os
import subprocess
import sys
from collections import Counter

import pytest
from django.core.exceptions import ImproperlyConfigured

from otp import rules
from otp.checks import check_stage, refuse_unsafe_settings
from otp.tokens import keyring
from tests.support import error_codes
from tests.support.checks import STRONG, found
from tests.support.live import LIVE


def test_each_check_has_its_own_id():
    assert len(error_codes.check_ids()) > 15
    assert [each for each, times in Counter(error_codes.check_ids()).items() if times > 1] == []


@pytest.mark.slow
def test_each_id_is_tested():
    tested = "".join(path.read_text("utf-8") for path in error_codes.ROOT.parent.glob("tests/**/test_checks.py"))
    assert [each for each in error_codes.check_ids() if each not in tested] == []


def test_the_defaults_with_a_strong_key_pass(settings):
    settings.OTP_KEYS = [STRONG]
    assert found() == {}


@pytest.mark.parametrize(
    ("setting", "value", "id"),
    [
        ("OTP_KEYS", [], "otp.E001"),
        ("OTP_KEYS", ["short"], "otp.E001"),
        ("OTP_KEYS", ["a" * 64], "otp.E001"),
        ("OTP_KEYS", [STRONG, "short"], "otp.E001"),
        ("OTP_SEND_WINDOWS", (), "otp.E002"),
        ("OTP_SEND_WINDOWS", (120, 60), "otp.E002"),
        ("OTP_SEND_WINDOWS", (0, 60), "otp.E002"),
        ("OTP_SEND_WINDOWS", (10**18,), "otp.E002"),
        ("OTP_MAX_ATTEMPTS", 0, "otp.E003"),
        ("OTP_MAX_ATTEMPTS", 7, "otp.E004"),
        ("OTP_SEND_WINDOWS", (60,), "otp.E004"),
        ("OTP_LIFETIME", 59, "otp.E005"),
        ("OTP_SENDS_PER_IP", 0, "otp.E006"),
        ("OTP_SESSION_AGE", 0, "otp.E006"),
        ("OTP_SESSION_AGE", 30 * 365 * 86400, "otp.E006"),
        ("OTP_SESSION_AGE", 400 * 86400 + 1, "otp.E006"),
        ("OTP_DEVICE_DAYS", 401, "otp.E006"),
        ("OTP_LOG_ENTRIES_PER_IP", 0, "otp.E006"),
        ("OTP_LOG_SHARDS", 0, "otp.E006"),
        ("OTP_LOG_SHARDS", 1001, "otp.E006"),
        ("OTP_LOG_IP_PREFIX", 33, "otp.E006"),
        ("OTP_LOG_DAYS", 0, "otp.E006"),
        ("OTP_LOG_DAYS", 3651, "otp.E006"),
        ("OTP_SEND_WINDOWS", (1,) * 15 + (87299,), "otp.E004"),
        ("OTP_TRUSTED_CALLERS", ["10.0.0.1/8"], "otp.E007"),
        ("OTP_TRUSTED_CALLERS", ["0.0.0.0/0"], "otp.E008"),
        ("OTP_TRUSTED_CALLERS", ["10.0.0.0/8", "128.0.0.0/1"], "otp.E008"),
        ("OTP_TRUSTED_CALLERS", ["::/0"], "otp.E008"),
        ("OTP_TRUSTED_CALLERS", ["2000::/31"], "otp.E008"),
        ("OTP_ALLOWED_HOSTS", ["https://otp.example"], "otp.E024"),
        ("OTP_ALLOWED_HOSTS", ["otp.example:443"], "otp.E024"),
        ("OTP_ALLOWED_HOSTS", [".com"], "otp.E024"),
        ("OTP_CORS_ORIGINS", ["https://app.example/"], "otp.E025"),
        ("OTP_CORS_ORIGINS", ["app.example"], "otp.E025"),
        ("OTP_CORS_ORIGINS", ["https://*.app.example"], "otp.E025"),
        ("OTP_FROM_EMAIL", "", "otp.E017"),
        ("OTP_FROM_EMAIL", "Acme, Inc.", "otp.E017"),
        ("OTP_FROM_EMAIL", "Acme <a@b.example> <c@d.example>", "otp.E017"),
        ("OTP_FROM_EMAIL", "a@b.example, c@d.example", "otp.E017"),
        ("OTP_FROM_EMAIL", "Acme\n<a@b.example>", "otp.E017"),
        ("OTP_FROM_EMAIL", 'Ac"me <a@b.example>', "otp.E017"),
        ("OTP_FROM_EMAIL", "Acme <sign-in>", "otp.E017"),
        ("OTP_FROM_EMAIL", "noreply", "otp.E017"),
        ("OTP_FROM_EMAIL", "sign-in@otp.example\n", "otp.E017"),
        ("OTP_FROM_EMAIL", "Acme <sign-in@otp.example>\n", "otp.E017"),
        ("OTP_SIGNUP", [], "otp.E010"),
        ("OTP_SIGNUP", "open", "otp.E010"),
        ("OTP_SIGNUP", ["open", "example.com"], "otp.E010"),
        ("OTP_SIGNUP", ["Example.com"], "otp.E010"),
        ("OTP_SIGNUP", ["@example.com"], "otp.E010"),
        ("OTP_SIGNUP_HOOK", "tests.test_checks.nowhere", "otp.E011"),
        ("OTP_SIGNUP_HOOK", "nowhere", "otp.E011"),
        ("OTP_SMS_PER_DAY", 0, "otp.E006"),
        ("OTP_SNS_TOPICS", ["mail-events"], "otp.E014"),
        ("OTP_SNS_TOPICS", ["arn:aws:sns:*:123456789012:mail-events"], "otp.E014"),
    ],
)
def test_an_unsafe_setting_is_refused_with_its_remedy(settings, setting, value, id):
    setattr(settings, setting, value)
    assert list(found()) == [id]
    assert found()[id].hint


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("OTP_KEYS", ["abcdefgh" * 4]),
        ("OTP_SEND_WINDOWS", (1,) * 15 + (87300,)),
        ("OTP_MAX_ATTEMPTS", 1),
        ("OTP_LIFETIME", 60),
        ("OTP_LIFETIME", 900),
        ("OTP_FROM_EMAIL", "Büro, GmbH <sign-in@otp.example>"),
        ("OTP_FROM_EMAIL", "Acme, Inc. <sign-in@acme.example>"),
        ("OTP_SENDS_PER_IP", 1),
        ("OTP_DEVICE_DAYS", 0),
        ("OTP_SESSION_AGE", 60),
        ("OTP_SESSION_AGE", 400 * 86400),
        ("OTP_DEVICE_DAYS", 400),
        ("OTP_LOG_DAYS", 1),
        ("OTP_LOG_DAYS", 3650),
        ("OTP_LOG_ENTRIES_PER_IP", 1),
        ("OTP_LOG_SHARDS", 1),
        ("OTP_LOG_IP_PREFIX", 0),
        ("OTP_LOG_IP_PREFIX", 32),
        ("OTP_SMS_PER_NUMBER_DAY", 1),
        ("OTP_SMS_PER_PREFIX_DAY", 1),
        ("OTP_SMS_PER_DAY", 1),
        ("OTP_TRUSTED_CALLERS", ["10.0.0.0/8", "2001:db8::/32"]),
        ("OTP_ALLOWED_HOSTS", [".execute-api.ap-southeast-2.amazonaws.com", "otp.example", "127.0.0.1", "[::1]"]),
        ("OTP_ALLOWED_HOSTS", ["*"]),
        ("OTP_CORS_ORIGINS", ["https://app.example:8443", "http://localhost:3000"]),
        ("OTP_SIGNUP", ["closed"]),
        ("OTP_SIGNUP", ["example.com", "example.org"]),
        ("OTP_SNS_TOPICS", ["arn:aws-us-gov:sns:us-gov-west-1:123456789012:mail-events"]),
    ],
)
def test_the_limits_of_safe_values_pass(settings, setting, value):
    settings.OTP_KEYS = [STRONG]
    setattr(settings, setting, value)
    assert found() == {}


def test_a_lifetime_over_15_minutes_is_warned_of_and_needs_another_last_window(settings):
    settings.OTP_LIFETIME = 901
    assert set(found()) == {"otp.W001", "otp.E004"}
    settings.OTP_SEND_WINDOWS = (*settings.OTP_SEND_WINDOWS[:-1], 86400 + 901)
    assert list(found()) == ["otp.W001"]
    settings.OTP_LIFETIME, settings.OTP_SEND_WINDOWS = 86401, (*settings.OTP_SEND_WINDOWS[:-1], 2 * 86400 + 1)
    assert list(found()) == ["otp.E005"]


def test_a_hundred_attempts_a_day_pass_and_one_more_does_not(settings):
    settings.OTP_MAX_ATTEMPTS, settings.OTP_SEND_WINDOWS = 10, (60,) * 9 + (87300,)
    assert found() == {}
    settings.OTP_MAX_ATTEMPTS, settings.OTP_SEND_WINDOWS = 101, (87300,)
    assert list(found()) == ["otp.E004"]


@pytest.mark.parametrize(
    ("setting", "value", "package", "id"),
    [
        ("OTP_SMS", True, "phonenumbers", "otp.E015"),
        ("OTP_REFUSE_DISPOSABLE", True, "disposable_email_domains", "otp.E012"),
        ("OTP_SNS_TOPICS", ["arn:aws:sns:ap-southeast-2:123456789012:mail"], "cryptography", "otp.E018"),
    ],
)
def test_a_package_that_is_missing_is_named(settings, monkeypatch, setting, value, package, id):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else find_spec(name))
    setattr(settings, setting, value)
    assert list(found()) == [id]
    assert "pip install" in found()[id].hint


def test_the_public_key_is_for_local_mode_only(settings):
    assert found() == {}
    settings.LOCAL = False
    assert "otp.E001" in found()


def test_a_long_lifetime_is_reported_on_a_live_site(settings):
    settings.OTP_KEYS, settings.LOCAL = [STRONG], False
    assert list(found()) == ["otp.I001"]
    settings.OTP_LIFETIME = 600
    assert found() == {}


@pytest.mark.parametrize(
    ("setting", "value", "id"),
    [
        ("OTP_KEYS", ["a"], "otp.E001"),
        ("OTP_FROM_EMAIL", "noreply", "otp.E017"),
        ("OTP_ALLOWED_HOSTS", ["*"], "otp.E024"),
        ("OTP_TRUSTED_CALLERS", ["0.0.0.0/0"], "otp.E008"),
        ("OTP_CORS_ORIGINS", ["http://app.example"], "otp.E025"),
        ("OTP_SESSION_AGE", 30 * 365 * 86400, "otp.E006"),
        ("OTP_JWT_ISSUER", "https://otp.example/", "otp.E021"),
    ],
)
def test_a_live_site_does_not_start_with_an_unsafe_setting(live, setting, value, id):
    live.OTP_JWT_KEYS, live.OTP_JWT_ISSUER = [keyring.new_key()], "https://otp.example"
    refuse_unsafe_settings()
    setattr(live, setting, value)
    with pytest.raises(ImproperlyConfigured, match=rf"doesn't start.*\n.*\({id}\) {setting}.*\n\tHINT: "):
        refuse_unsafe_settings()


def test_a_site_with_several_unsafe_settings_names_each(live):
    live.OTP_KEYS, live.OTP_SESSION_AGE = ["hunter2"], 0
    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_unsafe_settings()
    assert [each in str(refusal.value) for each in ("otp.E001", "otp.E006", "hunter2")] == [True, True, False]


def test_a_warning_stops_no_start(live):
    live.OTP_LIFETIME, live.OTP_SEND_WINDOWS = 901, (*rules.SEND_WINDOWS[:-1], 86400 + 901)
    assert "otp.W001" in found()
    refuse_unsafe_settings()


@pytest.mark.slow
def test_the_server_itself_refuses_to_start_and_does_not_load_the_libraries_of_tokens():
    """In a process of its own: the WSGI application, which the Lambda function loads too."""
    code = "import sys, otpsite.wsgi; print(sorted({'jwt', 'cryptography'} & set(sys.modules)))"
    live = LIVE | {"OTP_JWT_KEYS": keyring.new_key(), "OTP_JWT_ISSUER": "https://otp.example", "OTP_LOCAL": "0"}
    start = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(start, env=os.environ | live, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
    done = subprocess.run(start, env=os.environ | live | {"OTP_KEYS": "a"}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "(otp.E001) OTP_KEYS has weak or publicly known keys" in done.stderr


def test_a_refused_key_is_not_shown(settings):
    settings.OTP_KEYS = ["hunter2"]
    assert "hunter2" not in str(found())


def test_the_positions_of_all_unsuitable_keys_are_named(settings):
    settings.LOCAL = False
    settings.OTP_KEYS = ["short", STRONG, f"{STRONG} everybody knows"]
    assert found()["otp.E001"].msg == "OTP_KEYS has weak or publicly known keys at positions [0, 2]."
    settings.OTP_KEYS = []
    assert found()["otp.E001"].msg == "OTP_KEYS is empty."


@pytest.mark.parametrize(("stage", "paths"), [("prod", []), ("ver", ["verify/"]), ("healthz", ["healthz"]), ("", [])])
def test_a_stage_whose_name_begins_a_path_is_refused(settings, stage, paths):
    settings.STAGE = stage
    assert [(message.id, message.msg.split()[2]) for message in check_stage()] == [
        ("otp.E016", f"/{path}") for path in paths
    ]
