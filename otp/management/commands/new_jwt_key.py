"""`manage.py new_jwt_key`: make a key that signs tokens. stdout gets only the key, so that it can be piped; the steps
of the rotation go to stderr.
"""

from typing import Any

from django.core.management.base import BaseCommand

from otp.api import tokens
from otp.conf import conf
from otp.tokens import keyring

FIRST = """\
The line above is a private key. Store it with your secrets.
1. Set OTP_JWT_KEYS to it, and OTP_JWT_ISSUER to this site's address. Deploy. From then on sign-ins return tokens."""

NEXT = """\
The line above is a private key. Store it with your secrets.
1. Add it after the current key in OTP_JWT_KEYS. Deploy, and wait {kept} minutes until every service has fetched it.
2. Move it to the front. Deploy. It now signs, and the old key still verifies.
3. Wait {held} minutes until every token of the old key has expired. Then remove the old key, and deploy.
Nobody is signed out."""


class Command(BaseCommand):
    help = "Make a new key for OTP_JWT_KEYS, and print how to start using it."

    def handle(self, **options: Any) -> None:
        self.stdout.write(keyring.new_key())
        steps = NEXT if conf.jwt_keys else FIRST
        kept, held = (-(-seconds // 60) for seconds in (tokens.JWKS_MAX_AGE, conf.access_token_lifetime))
        self.stderr.write(steps.format(kept=kept, held=held), self.style.NOTICE)
