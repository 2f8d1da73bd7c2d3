"""The instructions of each part of a call, divided by those of the hand-written function's whole call.

The parts of a call add up to its ratio in `bench.instructions`.
"""

import base64
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore import xform_name

from .aws import Stub
from .contestants import ADDRESS, CODE, CONTEXT, Ours, event, silence, verify
from .cpu import VERBS
from .figures import Figure
from .instructions import counted

EMPTY, BEHIND = "Django and apig-wsgi", "all but the view"
MIDDLEWARE, REST = "the handler with its log line, and the middleware", "the rest: view, sign-in, items"
DYNAMODB, SES, TEXTS, MIME = "requests to DynamoDB", "the request to SES", "the mail's texts", "the mail's MIME"


class Parts(Ours):
    """This project, of which `run` performs a part alone, such as "send: requests to DynamoDB"."""

    def __init__(self, aws: Stub) -> None:
        super().__init__(aws)
        from otpsite.gateway import handler_of

        self.requests = {verb: self.requests_of(verb) for verb in VERBS}
        self.bare = handler_of(bare_site())

    def requests_of(self, verb: str) -> list[tuple[str, Any]]:
        self.aws.asked()
        super().run(verb)
        return [(xform_name(operation), request) for operation, request in self.aws.asked()]

    def run(self, part: str) -> float:
        verb, _, name = part.partition(": ")
        start = time.process_time()
        if name == DYNAMODB:
            self.ask_dynamodb(verb)
        elif name == SES:
            self.ask_ses()
        elif name in (TEXTS, MIME):
            mail = self.mail()
            if name == MIME:
                mail.message().as_bytes(linesep="\r\n")
        elif name:
            with silence():
                self.empty_view(behind_middleware=name == BEHIND)
        else:
            return super().run(verb)
        return time.process_time() - start

    def ask_dynamodb(self, verb: str) -> None:
        from otp.dynamo.client import call

        for operation, request in self.requests[verb]:
            if operation != "send_email":
                call(operation, **request)

    def ask_ses(self) -> None:
        from otp.delivery.email import backend

        [asked] = [request for operation, request in self.requests["send"] if operation == "send_email"]
        raw = {"Raw": {"Data": base64.b64decode(asked["Content"]["Raw"]["Data"])}}
        backend().connection.send_email(**asked | {"Content": raw})

    def mail(self) -> Any:
        from django.utils import timezone

        from otp.delivery.email import compose

        return compose(ADDRESS, CODE, lifetime=900, requested_at=timezone.now(), user_agent="python-requests/2.32.3")

    def empty_view(self, *, behind_middleware: bool) -> None:
        from django.conf import settings

        handle = self.handle if behind_middleware else self.bare
        site, settings.ROOT_URLCONF = settings.ROOT_URLCONF, "bench.empty_urls"
        try:
            answered = handle(event(verify(CODE)), CONTEXT)
        finally:
            settings.ROOT_URLCONF = site
        assert answered["statusCode"] == 200, answered


def bare_site() -> Any:
    """Django without any middleware."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler

    middleware, settings.MIDDLEWARE = settings.MIDDLEWARE, []
    site = WSGIHandler()
    settings.MIDDLEWARE = middleware
    return site


def figures() -> list[Figure]:
    if not shutil.which("valgrind"):
        return []
    parts = [f"{verb}: {part}" for verb in VERBS for part in (EMPTY, BEHIND, DYNAMODB)]
    mails = [f"send: {part}" for part in (SES, TEXTS, MIME)]
    with ThreadPoolExecutor(2) as pool:
        ours = pool.submit(counted, "Parts", "Stub", *VERBS, *parts, *mails, module="ablation")
        naive = pool.submit(counted, "Naive", "Stub")
    return [figure for verb in VERBS for figure in shares(verb, ours.result(), naive.result()[verb])]


def parts_of() -> tuple[str, ...]:
    """The names of all parts, in their order."""
    return (EMPTY, MIDDLEWARE, DYNAMODB, SES, TEXTS, MIME, REST)


def shares(verb: str, counts: dict[str, float], whole: float) -> list[Figure]:
    """The parts of a call, which don't overlap, and what is left of it."""
    found = {name.removeprefix(f"{verb}: "): n for name, n in counts.items() if name.startswith(f"{verb}: ")}
    middleware = found.pop(BEHIND) - found[EMPTY]
    parts = {EMPTY: found.pop(EMPTY), MIDDLEWARE: middleware, **found}
    if MIME in parts:
        parts[MIME] -= parts[TEXTS]
    parts[REST] = counts[verb] - sum(parts.values())
    return [Figure(f"{verb}: {name} / the hand-written {verb}", n / whole, "ratio") for name, n in parts.items()]
