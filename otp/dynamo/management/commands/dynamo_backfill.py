"""manage.py dynamo_backfill: fill a new field in the items that were written before it was declared."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.utils import DatabaseError

from otp.dynamo.backfill import backfill
from otp.dynamo.client import table
from otp.dynamo.models import Model


class Command(BaseCommand):
    help = "Scan a model's table and write the attributes that items lack. It may be ended and run again."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="such as otp.Account")

    def handle(self, *, model: str, **options: Any) -> None:
        try:
            found = apps.get_model(model)
        except (LookupError, ValueError) as error:
            raise CommandError(str(error)) from None
        if not issubclass(found, Model):
            raise CommandError(f"{model} isn't a model of otp.dynamo.")
        read = filled = 0
        try:
            for items, lacking in backfill(found):
                read, filled = read + items, filled + lacking
        except DatabaseError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{table(found)}: {read} items, {filled} of them filled")
