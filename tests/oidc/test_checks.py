"""The clients: their setting, and its system checks."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from otp.checks import refuse_unsafe_settings
from otp.conf import from_environment
from otp.oidc import clients
from otp.tokens import keyring
from tests.support.checks import found
from tests.support.provider import APP, BAKERY, CLIENTS, RSA_KEY


def test_the_clients_of_the_tests_pass_the_checks():
    assert found() == {}


def test_the_setting_is_a_json_list():
    assert from_environment({"OTP_CLIENTS": json.dumps(CLIENTS)}) == {"OTP_CLIENTS": CLIENTS}
    assert from_environment({"OTP_CLIENTS": " "}) == {"OTP_CLIENTS": []}
    for text in ("{}", "[1]", "bakery", '["bakery"]'):
        with pytest.raises(ImproperlyConfigured, match="OTP_CLIENTS cannot be read as list"):
            from_environment({"OTP_CLIENTS": text})


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": "a b"}, "has an id that isn't"),
        ({"id": "a" * 65}, "has an id that isn't"),
        ({"id": ""}, "wrong type: id"),
        ({"name": 7}, "wrong type: name"),
        ({"redirect_uris": []}, "wrong type: redirect_uris"),
        ({"redirect_uris": "https://bakery.example/"}, "wrong type: redirect_uris"),
        ({"first_party": "yes"}, "wrong type: first_party"),
        ({"redirect_uri": "https://bakery.example/"}, "has unknown members: redirect_uri"),
        ({"secret_sha256": "secret"}, "isn't a SHA-256 digest"),
        ({"secret_sha256": "", "pkce": False}, "has neither a secret nor PKCE"),
        ({"algorithm": "none"}, "has an algorithm other than"),
        ({"algorithm": "HS256"}, "has an algorithm other than"),
        ({"scopes": ["email"]}, "has scopes without openid"),
        ({"scopes": ["openid", "admin"]}, "has scopes without openid, or other than"),
        ({"logo": "http://bakery.example/logo.png"}, "has a logo"),
        ({"post_logout_redirect_uris": ["http://bakery.example/"]}, "has the redirect URI"),
    ],
)
def test_a_malformed_client_is_refused(settings, changes, fault):
    settings.OTP_CLIENTS = [BAKERY | changes]
    assert list(found()) == ["otp.E030"]
    assert fault in found()["otp.E030"].msg


def test_a_site_with_a_malformed_client_does_not_start(settings):
    settings.OTP_CLIENTS = [BAKERY | {"redirect_uris": ["https://*.bakery.example/"]}]
    with pytest.raises(ImproperlyConfigured, match="E030"):
        refuse_unsafe_settings()


@pytest.mark.parametrize(
    "uri",
    [
        "http://bakery.example/callback",
        "https://*.bakery.example/callback",
        "https://bakery.example/callback#part",
        "https://bakery.example\\@evil.example/",
        "https://user@bakery.example/",
        "https:///callback",
        "https://bakery.example:port/",
        "https://bakery.example/a b",
        "//bakery.example/",
        "/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "com.example.app:/callback",
        "https://[::1",
    ],
)
def test_a_redirect_uri_that_could_lead_elsewhere_is_refused(settings, uri):
    settings.OTP_CLIENTS = [BAKERY | {"redirect_uris": [uri]}]
    assert list(found()) == ["otp.E030"]


@pytest.mark.parametrize(
    "uri",
    [
        *("https://bakery.example/", "https://bakery.example:8443/a?b=c", "http://127.0.0.1/", "http://[::1]:9/cb"),
        *("http://localhost:3000/callback", "com.example.app:/callback", "com.example.app://callback"),
    ],
)
def test_a_redirect_uri_of_a_web_or_native_app_is_accepted(settings, uri):
    settings.OTP_CLIENTS = [APP | {"redirect_uris": [uri]}]
    assert found() == {}


def test_two_clients_may_not_have_the_same_id(settings):
    settings.OTP_CLIENTS = [BAKERY, APP | {"id": "bakery"}]
    assert list(found()) == ["otp.E031"]


def test_each_algorithm_needs_a_key_and_rs256_always(settings):
    settings.OTP_JWT_KEYS = [keyring.new_key()]
    assert list(found()) == ["otp.E032"]
    assert "a key for RS256" in found()["otp.E032"].msg
    settings.OTP_JWT_KEYS, settings.OTP_CLIENTS = [RSA_KEY], [BAKERY | {"algorithm": "EdDSA"}]
    assert "a key for EdDSA" in found()["otp.E032"].msg
    settings.OTP_JWT_KEYS = [RSA_KEY, keyring.new_key()]
    assert found() == {}


def test_a_malformed_client_is_no_client(settings):
    settings.OTP_CLIENTS = [BAKERY | {"nmae": "Bakery"}]
    assert clients.find("bakery") is None
