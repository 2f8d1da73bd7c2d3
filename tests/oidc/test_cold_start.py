"""A start that only signs people in imports nothing of the provider."""

import subprocess
import sys

SIGN_IN = """
import sys, django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
settings.OTP_CLIENTS = [{"id": "bakery"}]
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


def test_signing_in_on_the_pages_imports_nothing_of_the_provider():
    done = subprocess.run([sys.executable, "-c", SIGN_IN], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
