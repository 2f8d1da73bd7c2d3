"""`python -m bench.serve ours|allauth PORT [DATABASE]`: serve one of the two sites with waitress and eight threads.

DATABASE is the URL of DynamoDB for ours, and the port of PostgreSQL for allauth, which uses SQLite without it.
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

from botocore.awsrequest import AWSResponse

from . import servers
from .aws import Raw, text_of

THREADS = 8


def main(name: str, port: str, database: str = "") -> None:
    import waitress

    site = ours(database) if name == "ours" else allauth(database)
    waitress.serve(site, host=servers.HOST, port=int(port), threads=THREADS)


def ours(dynamodb: str) -> Any:
    os.environ["OTP_SENDS_PER_IP"] = "1000000"
    servers.be_the_site(dynamodb)
    from otp.delivery.email import backend

    return with_codes(backend().connection)


def allauth(postgresql: str) -> Any:
    """django-allauth on PostgreSQL, or with an SQLite file in WAL mode, as a small site would use."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.allauth_settings"
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.DATABASES = {"default": on_postgresql(postgresql) if postgresql else on_sqlite()}
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
    from .allauth_mail import Backend

    backend = Backend()
    backend.open()
    return with_codes(backend.connection)


def on_postgresql(port: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": "bench",
        "HOST": servers.HOST,
        "PORT": port,
        "CONN_MAX_AGE": None,
    }


def on_sqlite() -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"{tempfile.mkdtemp()}/db.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def with_codes(ses: Any) -> Callable[..., Any]:
    """The site as WSGI, whose client of SES keeps the mails in place of sending them."""
    from django.core.wsgi import get_wsgi_application

    site, mails = get_wsgi_application(), {}

    def keep(request: Any, **event: Any) -> AWSResponse:
        mail = json.loads(request.body)
        mails[mail["Destination"]["ToAddresses"][0]] = text_of(mail)
        return AWSResponse(request.url, 200, {"x-amzn-requestid": "1"}, Raw(b'{"MessageId": "1"}'))

    ses.meta.events.register("before-send.sesv2.SendEmail", keep)

    def answer(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] != "/bench/code":
            return site(environ, start_response)
        text = mails[parse_qs(environ["QUERY_STRING"])["address"][0]]
        code = re.search(r"^\s*(\d{6})\b|^\s*([A-Z0-9-]{4,12})\s*$", text, re.M)
        body = json.dumps({"code": (code[1] or code[2]) if code else ""}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
