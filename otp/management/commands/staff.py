"""`manage.py staff add|remove|list|lift`: who may enter the admin. On Lambda too; it makes the first superuser."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from otp.accounts import acting, staff
from otp.delivery.addresses import canonical
from otp.exceptions import OTPError
from otp.models import Account


class Command(BaseCommand):
    help = "Give an address a role in the admin, take it away, or list who has one."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="give an address a role: staff, unless an option says otherwise")
        add.add_argument("address")
        role = add.add_mutually_exclusive_group()
        role.add_argument("--superuser", dest="role", action="store_const", const=Account.Role.SUPERUSER)
        role.add_argument("--viewer", dest="role", action="store_const", const=Account.Role.VIEWER)
        remove = actions.add_parser("remove", help="take an address's role away")
        remove.add_argument("address")
        lift = actions.add_parser("lift", help="send mail again to a member of staff, to whom mail came back")
        lift.add_argument("address")
        actions.add_parser("list", help="list who has which role")

    def handle(self, *, action: str, **options: Any) -> None:
        if action == "list":
            for account in staff.staff_accounts():
                inactive = "" if account.is_active else "  (deactivated)"
                self.stdout.write(f"{account.role:<9}  {account.address}{inactive}")
            return
        try:
            self.change(action, canonical(options["address"]), options.get("role") or Account.Role.STAFF)
        except (OTPError, acting.Refused) as refusal:
            raise CommandError(str(refusal)) from refusal

    def change(self, action: str, address: str, role: str) -> None:
        if action == "add":
            staff.appoint_by_command(address, role)
            self.stdout.write(f"{address} is now {role}, and signs in at /admin/ with a code.")
        elif action == "lift":
            staff.lift_suppression(address, by=None)
            self.stdout.write(f"{address} gets mail again.")
        else:
            staff.dismiss_by_command(address)
            self.stdout.write(f"{address} no longer has a role.")
