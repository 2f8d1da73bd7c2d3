"""`python -m bench.serve ours|allauth PORT [DATABASE]`: serve one of the two sites with waitress and eight threads.

DATABASE is the URL of DynamoDB for ours, and the port of PostgreSQL for allauth, which uses SQLite without it.
Both also return the code that they mailed, since the benchmark has no mailbox, and the CPU seconds of their process at
`/bench/cpu`.
"""

import base64
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from io import StringIO
from typing import Any

from botocore.awsrequest import AWSResponse

from . import servers
from .aws import Raw
from .contestants import AWS, LIVE

THREADS = 8
PEOPLE = 10_000  # more than all that `bench.throughput` signs in
CODE = re.compile(rb"^(\d{6}) is|^\s*([A-Z0-9-]{4,12})\s*$", re.MULTILINE)  # ours, allauth's


def main(name: str, port: str, database: str = "") -> None:
    import waitress

    site = ours(database) if name == "ours" else allauth(database)
    waitress.serve(site, host=servers.HOST, port=int(port), threads=THREADS)


def ours(dynamodb: str) -> Any:
    os.environ |= AWS | LIVE | {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb, "OTP_SENDS_PER_IP": "1000000"}
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.DYNAMO_PROTECTED = False  # DynamoDB Local has no backups
    django.setup()
    call_command("dynamo_sync", stdout=StringIO())
    from otp.delivery.email import backend

    return with_codes(backend().connection)


def allauth(postgresql: str) -> Any:
    """django-allauth on PostgreSQL, or with an SQLite file in WAL mode, as a small site would use."""
    os.environ |= AWS | {"DJANGO_SETTINGS_MODULE": "bench.allauth_settings"}
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.DATABASES = {"default": on_postgresql(postgresql) if postgresql else on_sqlite()}
    django.setup()
    call_command("migrate", verbosity=0)
    from allauth.account.models import EmailAddress
    from django.contrib.auth import get_user_model

    people = get_user_model().objects.bulk_create(
        get_user_model()(username=f"person{n}", email=f"person{n}@example.com") for n in range(1, PEOPLE)
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
    """The site as WSGI. Its client of SES keeps the mail, and the response's header X-Code has the code in it."""
    from django.core.wsgi import get_wsgi_application

    site, mailed = get_wsgi_application(), threading.local()

    def keep(request: Any, **event: Any) -> AWSResponse:
        raw = base64.b64decode(json.loads(request.body)["Content"]["Raw"]["Data"])
        mailed.code = CODE.search(raw)[0].split()[0].decode()  # type: ignore[index]
        return AWSResponse(request.url, 200, {"x-amzn-requestid": "1"}, Raw(b'{"MessageId": "1"}'))

    ses.meta.events.register("before-send.sesv2.SendEmail", keep)

    def answer(environ: Any, start_response: Any) -> Any:
        mailed.code = ""
        if environ["PATH_INFO"] == "/bench/cpu":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(time.process_time()).encode()]
        return site(
            environ,
            lambda status, headers, *rest: start_response(status, [*headers, ("X-Code", mailed.code)], *rest),
        )

    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
