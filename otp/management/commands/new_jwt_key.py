"""Make the next key that signs tokens. The output is the key alone, so that it can be piped; the steps go beside."""

from typing import Any

from django.core.management.base import BaseCommand

from otp.api import tokens
from otp.conf import conf
from otp.tokens import keyring

FIRST = """\
The line above is a private key: keep it where secrets are kept.
1. Set OTP_JWT_KEYS to it, and OTP_JWT_ISSUER to this site's address. Deploy: sign-ins now answer tokens."""

NEXT = """\
The line above is a private key: keep it where secrets are kept.
1. Put it behind the key that OTP_JWT_KEYS has. Deploy, and wait {kept} minutes: now every service knows it.
2. Move it to the front. Deploy: it signs from now on, and the old key still verifies.
3. After {held} more minutes no token of the old key is left: remove the old key. Deploy.
Nobody is signed out by any of it."""


class Command(BaseCommand):
    help = "Make the next key for OTP_JWT_KEYS, and say how to bring it in."

    def handle(self, **options: Any) -> None:
        self.stdout.write(keyring.new_key())
        steps = NEXT if conf.jwt_keys else FIRST
        kept, held = (-(-seconds // 60) for seconds in (tokens.KEYS_KEPT, conf.access_token_lifetime))
        self.stderr.write(steps.format(kept=kept, held=held), self.style.NOTICE)
