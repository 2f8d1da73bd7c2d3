"""manage.py dynamo_sync: create what is missing of the tables that the models declare."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.utils import DatabaseError

from otp.dynamo.client import table_name
from otp.dynamo.models import Model
from otp.dynamo.schema import differences


class Command(BaseCommand):
    help = "Create the DynamoDB tables, indexes and settings that are missing. Never removes or replaces anything."
    requires_system_checks = ()  # checks of a site may fail before its tables exist

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if anything differs")

    def handle(self, *, check: bool, verbosity: int, **options: Any) -> None:
        try:
            left = [self._sync(model, check, verbosity) for model in self.models()]
        except DatabaseError as error:
            raise CommandError(str(error)) from error
        if any(left):
            raise CommandError(
                "Tables differ from what the models declare."
                if check
                else "The differences were left as they are: removing them would destroy data."
            )

    def models(self) -> list[type[Model]]:
        """Every installed model of this layer, one per table."""
        return [model for model in apps.get_models() if issubclass(model, Model) and not model._meta.proxy]

    def _sync(self, model: type[Model], check: bool, verbosity: int) -> bool:
        """Fix the differences that can be fixed. Returns whether any other is left that isn't harmless."""
        done, left, failed = [], [], False
        for difference in differences(model):
            if check or difference.fix is None:
                left.append(difference.what)
                failed |= check or not difference.harmless
            else:
                difference.fix()
                done.append(difference.what)
        if verbosity:
            parts = [*([f"made {', '.join(done)}"] if done else []), *([f"differs: {', '.join(left)}"] if left else [])]
            self.stdout.write(f"{table_name(model._meta.db_table)}: {'; '.join(parts) or 'as declared'}")
        return failed
