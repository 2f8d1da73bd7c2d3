"""A start that only signs people in imports nothing of the provider but the checks of its clients."""

import ast
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

SIGN_IN = """
CLIENTS = [{"id": "bakery", "name": "Bakery", "redirect_uris": ["https://bakery.example/"], "secret_sha256": "0" * 64}]
import sys, django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
settings.OTP_CLIENTS = CLIENTS
from otp.checks import refuse_unsafe_settings
refuse_unsafe_settings()
from django.test import Client
from unittest import mock
from otp import rules
from tests.support.pages import request_code, submit
with mock.patch.object(rules, "code_of", lambda key, seed: "123456"):
    page = request_code(client := Client(), "start@example.com", "/?next=/account/delete/")
page = submit(client, page, code="123456")
assert page.redirect_chain == [("/account/delete/", 302)]
print(sorted(name for name in sys.modules if name.startswith(("otp.oidc", "jwt", "cryptography"))))
"""


def imported_by(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stdout)


def test_signing_in_on_the_pages_imports_nothing_of_the_provider_but_its_checks():
    assert imported_by(SIGN_IN) == ["otp.oidc", "otp.oidc.checks", "otp.oidc.clients"]


def test_a_site_without_clients_imports_nothing_of_it_at_all():
    without = SIGN_IN.replace("settings.OTP_CLIENTS = CLIENTS", "settings.OTP_CLIENTS = []")
    assert imported_by(without) == []
