"""`manage.py client new` declares an application."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from otp.oidc import clients
from tests.support.checks import found
from tests.support.provider import SECRET


def new(*args):
    printed, steps = StringIO(), StringIO()
    call_command("client", "new", *args, stdout=printed, stderr=steps)
    return json.loads(printed.getvalue()), steps.getvalue()


def test_the_command_declares_a_client_and_shows_its_secret_once(settings):
    declared, steps = new("Bakery", "https://bakery.example/callback", "--first-party", "--id", "bakery")
    settings.OTP_CLIENTS = [declared]
    assert found() == {}
    secret = steps.split()[-1]
    assert len(secret) == 43
    assert clients.find("bakery").has_secret(secret)
    assert not clients.find("bakery").has_secret(SECRET)
    assert declared.keys() == {"id", "name", "redirect_uris", "secret_sha256", "first_party"}
    assert "https://otp.example" in steps


def test_the_command_declares_a_public_client_and_one_without_pkce():
    declared, steps = new("App", "com.example.app:/callback", "--public", "--scope", "openid")
    assert declared.keys() == {"id", "name", "redirect_uris", "scopes"}
    assert "none: it is public" in steps
    declared, _ = new(
        "Old", "https://old.example/", "--no-pkce", "--algorithm", "ES256", "--logout-uri", "https://old.example/"
    )
    assert (declared["pkce"], declared["algorithm"]) == (False, "ES256")
    assert declared["post_logout_redirect_uris"] == ["https://old.example/"]


def test_the_command_refuses_what_the_checks_refuse():
    with pytest.raises(CommandError, match="neither https, nor loopback"):
        new("Bakery", "http://bakery.example/callback")
