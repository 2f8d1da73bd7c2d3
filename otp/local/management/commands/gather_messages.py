"""Gather what pages, mails and the API say into the catalogues of every language. Needs gettext's programs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

IN_ENGLISH_ALONE = ("otp/admin", "otp/local", "templates/admin", "templates/local")


class Command(BaseCommand):
    help = "Gather what is to be translated into otp/locale. Then translate, and run compilemessages."

    def handle(self, *args: Any, **options: Any) -> None:
        here = {"otp", "templates"}
        beside = [path.name for path in Path.cwd().iterdir() if path.is_dir() and path.name not in here]
        call_command(
            "makemessages",
            locale=[code for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE],
            ignore_patterns=[*beside, *(f"{folder}/*" for folder in IN_ENGLISH_ALONE)],
            no_location=True,
            no_wrap=True,
            verbosity=options["verbosity"],
        )
