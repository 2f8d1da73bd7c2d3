"""`manage.py roll_up`: update the figures of the analytics page. Run it every minute; more often is harmless."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from otp.stats.ledger import MOVED
from otp.stats.rollup import recount, roll_up


class Command(BaseCommand):
    help = "Count the new entries of the log, as many as fit into one run. Repeating it is harmless."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", type=time, metavar="TIME", help="count everything since then again: 2026-05-01T13:00Z"
        )

    def handle(self, *, since: datetime | None, **options: Any) -> None:
        if since:
            try:
                recount(since)
            except MOVED as error:
                raise CommandError("Another process is counting. Try again.") from error
        until, done = roll_up()
        self.stdout.write(f"Counted until {until:%Y-%m-%d %H:%M} UTC.{'' if done else ' There is more: run it again.'}")


def time(text: str) -> datetime:
    """Raises ValueError, from which argparse makes its message."""
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError
    return moment
