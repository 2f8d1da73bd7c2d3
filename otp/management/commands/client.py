"""`manage.py client new`: declare an application that signs people in with this site. stdout gets only the declaration,
which holds no secret; the secret and the next steps go to stderr.
"""

import json
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from otp.conf import conf
from otp.oidc import checks, clients

STEPS = """\
The line above declares the client. Add it to the list in OTP_CLIENTS, which is a JSON list, and deploy.
Configure the application with
  issuer         {issuer}
  client id      {id}
  client secret  {secret}"""


class Command(BaseCommand):
    help = "Declare an application that signs people in with this site, and print its member of OTP_CLIENTS."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        new = actions.add_parser("new", help="make a client id and a secret")
        new.add_argument("name", help="the application's name, which people see")
        new.add_argument("redirect_uris", nargs="+", metavar="redirect_uri")
        new.add_argument("--id", default="", help="random, unless given")
        new.add_argument("--public", action="store_true", help="without a secret: in a browser or on a phone")
        new.add_argument("--first-party", action="store_true", help="your own: people aren't asked for consent")
        new.add_argument("--no-pkce", action="store_true", help="a confidential client that can't do PKCE")
        new.add_argument("--algorithm", choices=clients.ALGORITHMS, default="RS256")
        new.add_argument("--scope", action="append", choices=clients.SCOPES, help="repeat it; default: all but offline")
        new.add_argument("--logout-uri", action="append", help="where it may redirect to after signing out")

    def handle(self, *, name: str, redirect_uris: list[str], **options: Any) -> None:
        secret = "" if options["public"] else secrets.token_urlsafe(32)
        optional = {
            "secret_sha256": clients.digest(secret) if secret else "",
            "scopes": options["scope"],
            "algorithm": options["algorithm"] if options["algorithm"] != "RS256" else "",
            "first_party": options["first_party"],
            "post_logout_redirect_uris": options["logout_uri"],
        }
        declared = {
            "id": options["id"] or secrets.token_hex(8),
            "name": name,
            "redirect_uris": redirect_uris,
            **{member: value for member, value in optional.items() if value},
            **({"pkce": False} if options["no_pkce"] else {}),
        }
        if faults := list(checks.faults(declared)):
            raise CommandError(f"The client {'; it '.join(faults)}.")
        self.stdout.write(json.dumps(declared, ensure_ascii=False))
        steps = STEPS.format(issuer=conf.jwt_issuer, id=declared["id"], secret=secret or "none: it is public")
        self.stderr.write(steps, self.style.NOTICE)
