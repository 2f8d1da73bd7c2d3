"""`python -m bench.serve ours|allauth PORT [DYNAMODB]`: serve one of the two sites with waitress and eight threads.

Both also return the code last mailed to an address at `/bench/code?address=…`, since the benchmark has no mailbox.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from . import servers

THREADS = 8


def main(name: str, port: str, dynamodb: str = "") -> None:
    import waitress

    site = ours(dynamodb) if name == "ours" else allauth()
    waitress.serve(site, host=servers.HOST, port=int(port), threads=THREADS)


def ours(dynamodb: str) -> Any:
    os.environ["OTP_SENDS_PER_IP"] = "1000000"
    servers.be_the_site(dynamodb)
    return with_codes(keeping_mail())


def allauth() -> Any:
    """django-allauth with an SQLite file in WAL mode, as a small site would use. Anyone may sign up."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.allauth_settings"
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{tempfile.mkdtemp()}/db.sqlite3",
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    }
    django.setup()
    call_command("migrate", verbosity=0)
    from allauth.account.models import EmailAddress
    from django.contrib.auth import get_user_model

    people = get_user_model().objects.bulk_create(
        get_user_model()(username=f"person{n}", email=f"person{n}@example.com") for n in range(1, 5000)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people
    )
    return with_codes(keeping_mail())


def keeping_mail() -> Any:
    """Use Django's in-memory mail backend for both sites, so that sending mail isn't measured."""
    from django.conf import settings
    from django.core import mail
    from django.core.wsgi import get_wsgi_application

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return get_wsgi_application()


def with_codes(site: Callable[..., Any]) -> Callable[..., Any]:
    def answer(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] != "/bench/code":
            return site(environ, start_response)
        from django.core import mail

        address = parse_qs(environ["QUERY_STRING"])["address"][0]
        text = next(sent.body for sent in reversed(mail.outbox) if sent.to == [address])
        code = re.search(r"^\s*(\d{6})\b|^\s*([A-Z0-9-]{4,12})\s*$", text, re.M)
        body = json.dumps({"code": (code[1] or code[2]) if code else ""}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
