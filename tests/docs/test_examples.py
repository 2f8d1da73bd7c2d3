"""The example of a relying service accepts the site's tokens and refuses forgeries (threat 14)."""

import importlib.util
from pathlib import Path

import pytest

from otp.tokens import keyring
from tests.support.api import ADDRESS, me, signed_in
from tests.support.forgeries import FORGERIES, genuine

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "relying_service.py"
OLD, NEW = keyring.new_key(), keyring.new_key()


@pytest.fixture
def service(live_site, settings, monkeypatch):
    """A client of the example, which is configured for the running site."""
    settings.OTP_JWT_KEYS, settings.OTP_JWT_ISSUER = [OLD], live_site
    monkeypatch.setenv("ISSUER", live_site)
    spec = importlib.util.spec_from_file_location("relying_service", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app.test_client()


def hello(service, token):
    return service.get("/hello", headers={"Authorization": f"Bearer {token}"})


def test_the_example_is_short():
    assert len([line for line in EXAMPLE.read_text().splitlines() if line.strip()]) <= 32


def test_an_access_token_is_accepted(service):
    token = signed_in()["access_token"]
    answer = hello(service, token)
    assert (answer.status_code, answer.json["email"]) == (200, ADDRESS)
    assert answer.json["id"] == me(token).json()["sub"]
    assert hello(service, genuine(token)).status_code == 200


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forgery_is_refused(service, forge):
    assert hello(service, forge(signed_in()["access_token"])).status_code == 401


def test_a_refresh_token_is_refused(service):
    assert hello(service, signed_in()["refresh_token"]).status_code == 401
    assert service.get("/hello").status_code == 401


def test_tokens_are_accepted_while_keys_rotate(service, settings):
    """Follows the steps that `new_jwt_key` prints."""
    settings.OTP_JWT_KEYS = [OLD, NEW]
    assert hello(service, signed_in()["access_token"]).status_code == 200
    settings.OTP_JWT_KEYS = [NEW, OLD]
    assert hello(service, signed_in("other@example.com")["access_token"]).status_code == 200
