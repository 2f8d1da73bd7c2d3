"""`manage.py gather_messages`: update the message catalogues of every language. Needs the gettext programs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

NOT_TRANSLATED = ("otp/admin", "otp/local", "templates/admin", "templates/local")


class Command(BaseCommand):
    help = "Gather the texts to translate into otp/locale. Translate them there, then run compilemessages."

    def handle(self, *args: Any, **options: Any) -> None:
        sources = {"otp", "templates"}
        others = [path.name for path in Path.cwd().iterdir() if path.is_dir() and path.name not in sources]
        call_command(
            "makemessages",
            locale=[code for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE],
            ignore_patterns=[*others, *(f"{folder}/*" for folder in NOT_TRANSLATED)],
            no_location=True,
            no_wrap=True,
            verbosity=options["verbosity"],
        )
