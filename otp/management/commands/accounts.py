"""`manage.py accounts import|export`: accounts as JSON Lines, from another system or into one (docs/moving.md)."""

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from otp.accounts import transfer

PROGRESS = 1000  # lines


class Command(BaseCommand):
    help = "Add accounts from a file of JSON Lines, or print all accounts as such lines."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        load = actions.add_parser("import", help="add the accounts of a file; those that are there stay as they are")
        load.add_argument("file", help="JSON Lines; - is the standard input")
        load.add_argument("--dry-run", action="store_true", help="only say what would be done")
        actions.add_parser("export", help="print all accounts")

    def handle(self, *, action: str, file: str = "-", dry_run: bool = False, **options: Any) -> None:
        if action == "export":
            for line in transfer.dump():
                self.stdout.write(line)
            return
        try:
            with nullcontext(sys.stdin) if file == "-" else Path(file).open(encoding="utf-8") as lines:
                self.load(lines, dry_run)
        except OSError as error:
            raise CommandError(str(error)) from error

    def load(self, lines: Iterable[str], dry_run: bool) -> None:
        report, shown = transfer.Report(), 0
        for report in transfer.load(lines, dry_run=dry_run):
            if report.lines - shown >= PROGRESS:
                shown = report.lines
                self.stderr.write(f"{shown} lines read")
        for number, reason in sorted(report.bad):
            self.stderr.write(f"line {number}: {reason}")
        would = "would be " if dry_run else ""
        self.stdout.write(f"{report.added} {would}added, {report.unchanged} unchanged, {len(report.bad)} bad.")
        if report.bad:
            raise CommandError("Some lines were not imported. Correct them, and import the file again.")
