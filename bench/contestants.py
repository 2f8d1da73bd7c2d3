"""The contestants of the benchmark. Each runs in its own process.

`CONTESTANTS` maps names to classes, which are made with the AWS that answers them. `run(verb)` performs one operation
("send", or a "wrong" or "right" code) and returns the CPU seconds it took. Preparing the operation isn't timed.
"""

import contextlib
import importlib
import io
import json
import os
import re
import sys
import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

from .aws import Server, Stub, text_of

ADDRESS, CODE, WRONG = "person@example.com", "048213", "111111"
REGION = "ap-southeast-2"
KEY = "a-key-for-the-benchmark-alone-of-more-than-32-characters"
AWS = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
LIVE = {  # the environment of a live site
    "DJANGO_SETTINGS_MODULE": "otpsite.settings",
    "OTP_KEYS": KEY,
    "OTP_FROM_EMAIL": "sign-in@otp.example",
    "OTP_ALLOWED_HOSTS": ".amazonaws.com,127.0.0.1",
}
MAILED = {"SendEmail": {"MessageId": "1"}}
READ = "send and read"  # for allauth, whose mail has to be read before a right code
SEND = {"action": "send_otp", "email": ADDRESS}

Aws = Stub | Server


def verify(code: str) -> dict[str, str]:
    return {"action": "verify_otp", "email": ADDRESS, "otp": code}


def event(body: dict[str, str] | None = None, path: str = "/otp", cookie: str = "") -> dict[str, Any]:
    """An event of a REST API: a POST of `body`, or a GET of `path` without one."""
    method = "POST" if body else "GET"
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Host": "abc123.execute-api.ap-southeast-2.amazonaws.com",
        "User-Agent": "python-requests/2.32.3",
        "X-Forwarded-For": "198.51.100.7, 192.0.2.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        **({"Cookie": cookie} if cookie else {}),
    }
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path.strip("/")},
        "stageVariables": None,
        "requestContext": {
            "stage": "prod",
            "path": f"/prod{path}",
            "httpMethod": method,
            "identity": {"sourceIp": "198.51.100.7"},
        },
        "body": json.dumps(body) if body else None,
        "isBase64Encoded": False,
    }


CONTEXT = SimpleNamespace(aws_request_id="1", function_name="otp-prod")


class Lambda:
    """A Lambda function. `asks` maps each verb to the body it posts and the status it expects."""

    asks = {"send": (SEND, 200), "wrong": (verify(WRONG), 401), "right": (verify(CODE), 200)}
    handle: Callable[[Any, Any], Any]

    def run(self, verb: str) -> float:
        body, status = self.asks[verb]
        asked = event(body)
        with silence():
            start = time.process_time()
            answer = self.handle(asked, CONTEXT)
            took = time.process_time() - start
        assert answer["statusCode"] == status, answer
        return took


def silence() -> contextlib.AbstractContextManager[Any]:
    """Discard what the function prints: its log lines would mix with the results."""
    return contextlib.redirect_stdout(io.StringIO())


def live_in(environment: dict[str, str]) -> None:
    """Set the environment, after removing every AWS_* and OTP_* variable that this process inherited."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "OTP_"))]:
        del os.environ[name]
    os.environ.update(environment)


class Naive(Lambda):
    """The hand-written function of `bench.naive`."""

    def __init__(self, aws: Aws) -> None:
        live_in(AWS | aws.environment)
        self.handle = importlib.import_module("bench.naive").handle
        item = {
            "email": {"S": ADDRESS},
            "otp": {"S": CODE},
            "otp_expiry": {"N": "4000000000"},
            "attempts": {"N": "0"},
            "status": {"S": "PENDING"},
        }
        aws.give(MAILED | {"GetItem": {"Item": item}})


class Ours(Lambda):
    """This project, called through its Lambda handler, with the sign-in log on and tokens off."""

    def __init__(self, aws: Aws) -> None:
        live_in(AWS | aws.environment | LIVE | {"AWS_LAMBDA_FUNCTION_NAME": "otp-prod"})
        sys.modules["zappa_settings"] = as_zappa_writes_it()
        with silence():
            self.handle = importlib.import_module("otpsite.handler").handle
        self.aws = aws
        self.usual = MAILED | {"BatchGetItem": {"Responses": {}}, "UpdateItem": {"Attributes": live_code()}}
        aws.give(self.usual)


def as_zappa_writes_it() -> ModuleType:
    """The module `zappa_settings` that Zappa generates from zappa_settings.json, as far as the handler reads it."""
    module: Any = ModuleType("zappa_settings")
    module.API_STAGE = "prod"
    return module


def live_code() -> Any:
    """The stored item of a member's live code after its first attempt."""
    from datetime import timedelta

    from django.utils import timezone

    from otp import rules
    from otp.dynamo.operations import to_item
    from otp.models import Code, new_epoch, new_id, new_subject
    from otp.signin.flows import Flow

    now, flow = timezone.now(), Flow("api")
    code = Code(
        key=flow.key(ADDRESS),
        address=ADDRESS,
        flow=str(flow),
        send=new_id(now),
        account=new_subject(),
        epoch=new_epoch(),
        code_digest=rules.digest(KEY, flow=str(flow), address=ADDRESS, code=CODE),
        attempts=1,
        created_at=now,
        otp_expiry=now + timedelta(minutes=15),
    )
    return to_item(code)


class Allauth:
    """django-allauth's headless login by code, with SQLite in memory, and mail through django-ses as ours."""

    def __init__(self, aws: Aws) -> None:
        live_in(AWS | aws.environment | {"DJANGO_SETTINGS_MODULE": "bench.allauth_settings"})
        self.aws = aws
        aws.give(MAILED)
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from django.contrib.auth import get_user_model
        from django.core.handlers.wsgi import WSGIHandler
        from django.test import RequestFactory

        self.app, self.factory = WSGIHandler(), RequestFactory()
        user = get_user_model().objects.create(username="person", email=ADDRESS)
        user.emailaddress_set.create(email=ADDRESS, verified=True, primary=True)

    def run(self, verb: str) -> float:
        took, answer = self.ask("request", {"email": ADDRESS}, 401)
        if verb == "send":
            return took
        code = WRONG if verb == "wrong" else self.mailed()
        if verb == READ:
            return took
        status = 200 if verb == "right" else 400
        return self.ask("confirm", {"code": code}, status, answer["meta"]["session_token"])[0]

    def mailed(self) -> str:
        _, mail = self.aws.asked()[-1]
        found = re.search(r"^\s*([A-Z0-9-]{4,12})\s*$", text_of(mail), re.M)
        assert found, mail
        return found[1].strip()

    def ask(self, what: str, body: Any, status: int, token: str = "") -> tuple[float, Any]:
        headers = {"X-Session-Token": token} if token else {}
        path = f"/_allauth/app/v1/auth/code/{what}"
        request = self.factory.post(path, json.dumps(body), content_type="application/json", headers=headers)
        told: list[str] = []
        start = time.process_time()
        content = b"".join(self.app(request.environ, lambda line, headers: told.append(line)))
        took = time.process_time() - start
        assert told[0].startswith(str(status)), (told, content)
        return took, json.loads(content)


CONTESTANTS = {"ours": Ours, "naive": Naive, "allauth": Allauth}
