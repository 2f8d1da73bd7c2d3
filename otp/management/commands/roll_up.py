"""`manage.py roll_up`: update the figures of the analytics page. Run it every hour; more often is harmless."""

from typing import Any

from django.core.management.base import BaseCommand

from otp.stats.rollup import roll_up


class Command(BaseCommand):
    help = "Count the closed hours and days of the log that aren't counted yet. Running it twice changes nothing."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"{roll_up()} hours and days counted.")
