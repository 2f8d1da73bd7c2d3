"""`manage.py new_jwt_key`: make a key that signs tokens. stdout gets only the key, so that it can be piped; the steps
of the rotation go to stderr.
"""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from otp.api import tokens
from otp.clock import DAY, HOUR, MINUTE
from otp.conf import conf
from otp.tokens import keyring

FIRST = """\
The line above is a private key. Store it with your secrets.
1. Set OTP_JWT_KEYS to it, and OTP_JWT_ISSUER to this site's address. Deploy. From then on sign-ins return tokens."""

NEXT = """\
The line above is a private key. Store it with your secrets.
1. Put it in front of the key that it replaces in OTP_JWT_KEYS, and deploy before {deployed}.
   It is published at once, and signs from {signs} on, when every service has fetched it.
2. After {expired}, when every token of the old key has expired, remove the old key and deploy.
Nobody is signed out. If the old key has leaked, make the new one with --now instead, and remove the old one at once."""

# HTTP APIs of API Gateway keep keys for two hours, whatever the response says.
KEPT = max(tokens.JWKS_MAX_AGE, 2 * HOUR)
AHEAD = DAY  # from when a key is made until it signs


class Command(BaseCommand):
    help = "Make a new key for OTP_JWT_KEYS, and print how to start using it. If there are keys, it signs in a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rsa", action="store_true", help="an RSA key, which the OpenID provider and services of AWS need"
        )

        parser.add_argument("--now", action="store_true", help="a key that signs as soon as it is deployed")

    def handle(self, *, rsa: bool = False, now: bool = False, **options: Any) -> None:
        new = json.loads(keyring.new_rsa_key() if rsa else keyring.new_key())
        signs = timezone.now() + timedelta(seconds=AHEAD)
        steps = NEXT if conf.jwt_keys else FIRST
        if conf.jwt_keys and not now:
            new[keyring.NOT_BEFORE] = int(signs.timestamp())
        self.stdout.write(json.dumps(new))
        times = {
            "deployed": signs - timedelta(seconds=KEPT),
            "signs": signs,
            "expired": signs + timedelta(seconds=conf.access_token_lifetime + MINUTE),
        }
        in_words = {name: f"{time:%-d %B, %H:%M} UTC" for name, time in times.items()}
        self.stderr.write(steps.format(**in_words), self.style.NOTICE)
