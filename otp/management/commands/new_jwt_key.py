"""`manage.py new_jwt_key`: make a key that signs tokens. stdout gets only the key, so that it can be piped; the steps
of the rotation go to stderr.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from otp.api import tokens
from otp.clock import HOUR
from otp.conf import conf
from otp.tokens import keyring

FIRST = """\
The line above is a private key. Store it with your secrets.
1. Set OTP_JWT_KEYS to it, and OTP_JWT_ISSUER to this site's address. Deploy. From then on sign-ins return tokens."""

NEXT = """\
The line above is a private key. Store it with your secrets.
1. Add it after the current keys in OTP_JWT_KEYS. Deploy, and wait {kept} minutes until every service has fetched it.
2. Move it in front of the key that it replaces. Deploy. It now signs, and the old key still verifies.
3. Wait {held} minutes until every token of the old key has expired. Then remove the old key, and deploy.
Nobody is signed out."""

# HTTP APIs of API Gateway keep keys for two hours, whatever the response says.
KEPT = max(tokens.JWKS_MAX_AGE, 2 * HOUR)


class Command(BaseCommand):
    help = "Make a new key for OTP_JWT_KEYS, and print how to start using it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rsa", action="store_true", help="an RSA key, which the OpenID provider and services of AWS need"
        )

    def handle(self, *, rsa: bool = False, **options: Any) -> None:
        self.stdout.write(keyring.new_rsa_key() if rsa else keyring.new_key())
        steps = NEXT if conf.jwt_keys else FIRST
        kept, held = (-(-seconds // 60) for seconds in (KEPT, conf.access_token_lifetime))
        self.stderr.write(steps.format(kept=kept, held=held), self.style.NOTICE)
