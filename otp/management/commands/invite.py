"""`manage.py invite ADDRESS --by ADDRESS`: let somebody sign up although sign-up is closed (docs/staff.md)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from otp.accounts import acting, invitation
from otp.conf import conf
from otp.delivery.addresses import canonical
from otp.exceptions import OTPError

DAYS = 7


class Command(BaseCommand):
    help = "Invite an address to sign up although sign-up is closed to it. The mail says by whom and to what site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")
        action = parser.add_mutually_exclusive_group(required=True)
        action.add_argument("--by", metavar="ADDRESS", help="the member who invites, whom the mail names")
        action.add_argument("--withdraw", action="store_true", help="end an invitation")
        parser.add_argument("--days", type=int, default=DAYS, help=f"until it lapses: {DAYS} unless you say otherwise")
        parser.add_argument("--site", help="where to sign in: OTP_JWT_ISSUER or the first of OTP_ALLOWED_HOSTS")
        parser.add_argument("--language", choices=[code for code, name in settings.LANGUAGES], default="en")

    def handle(
        self, *, address: str, by: str | None, days: int, site: str | None, language: str, **options: Any
    ) -> None:
        try:
            if by is None:
                invitation.withdraw(canonical(address))
                self.stdout.write(f"{address} is no longer invited.")
                return
            if days < 1:
                raise CommandError("--days must be at least 1.")
            with translation.override(language):
                until = invitation.invite(
                    canonical(address), by=canonical(by), site=site or address_of_site(), days=days
                )
            self.stdout.write(f"{address} may sign up until {until:%Y-%m-%d %H:%M} UTC.")
        except (OTPError, acting.Refused) as refusal:
            raise CommandError(str(refusal)) from refusal


def address_of_site() -> str:
    hosts = [f"https://{host}/" for host in conf.allowed_hosts if not host.startswith((".", "*"))]
    if addresses := [each for each in (conf.jwt_issuer, *hosts) if each]:
        return addresses[0]
    raise CommandError("Say where to sign in: --site https://otp.example/")
