"""`manage.py bounce ADDRESS`: have the latest mail to an address returned. The command exists in local mode only."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from otp.delivery import mail_events
from otp.delivery.addresses import canonical
from otp.models import LogEntry
from otp.outcomes import Outcome


class Command(BaseCommand):
    help = "Report the latest mail to an address as bounced, as SES would: the address gets no more mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")
        parser.add_argument("--complaint", action="store_true", help="report a complaint instead")

    def handle(self, *, address: str, complaint: bool, **options: Any) -> None:
        address = canonical(address)
        entry = LogEntry.objects.filter(address=address, outcome=Outcome.SENT).order_by("-entry_id").first()
        if entry is None:
            raise CommandError(f"No code was sent to {address}.")
        state = LogEntry.Delivery.COMPLAINED if complaint else LogEntry.Delivery.BOUNCED
        mail_events.record(mail_events.Report(state, [address], entry.message_id or "", entry.created_at))
        self.stdout.write(f"{address} gets no more mail until staff lift the suppression.")
