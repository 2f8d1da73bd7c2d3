"""`manage.py demo_data`: fill the log with made-up entries. The command exists in local mode only."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.utils import OperationalError
from django.utils import timezone

from otp.dynamo.operations import BATCH_PUTS, batch_put
from otp.local import demo
from otp.local.incidents import incidents
from otp.stats import rollup

WIDTH = 40  # of the bar


class Command(BaseCommand):
    help = "Fill the local site's log with made-up entries, for screenshots and measurements."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="how far back (30)")
        parser.add_argument(
            "--incidents", action="store_true", help="also an outage, an attack and a bounce in the last hour"
        )
        parser.add_argument("--per-day", type=int, default=300, help="entries on a weekday; fewer at the weekend (300)")

    def handle(self, *, days: int, per_day: int, incidents: bool = False, **options: Any) -> None:
        try:
            self.fill(days, per_day, incidents)
        except OperationalError as error:
            raise CommandError(f"{error}. Is `make run` running, with the same AWS_PORT, and not too busy?") from error

    def fill(self, days: int, per_day: int, with_incidents: bool) -> None:
        now = timezone.now()
        made: list[Any] = [*demo.entries(now, days=days, per_day=per_day)]
        made += incidents(now) if with_incidents else []
        for start in range(0, len(made), BATCH_PUTS):
            batch_put(*made[start : start + BATCH_PUTS])
            self.show(min(start + BATCH_PUTS, len(made)), len(made))
        self.count(min((entry.created_at for entry in made), default=now))
        self.stdout.write(f"{len(made):,} entries of {days} days written and counted.")

    def count(self, since: datetime) -> None:
        rollup.recount(since)
        done = False
        while not done:
            _, done = rollup.roll_up()

    def show(self, done: int, of: int) -> None:
        """Show a progress bar if the output is a terminal."""
        if self.stdout.isatty():
            bar = "#" * (WIDTH * done // of)
            self.stdout.write(f"\r[{bar:<{WIDTH}}] {done:,} of {of:,}", ending="" if done < of else "\n")
            self.stdout.flush()
