"""Sign-ins to count: by the API, and on the pages as a browser does."""

import re
from collections.abc import Callable
from unittest.mock import patch

from .units import Meter

ADDRESS, CODE = "person@example.com", "048213"
HOST = {"host": "localhost"}


def units_of(act: Callable[[], object], *, before: Callable[[], object] | None = None) -> Meter:
    """The units that `act` consumes for a returning user. First `before`, by default `act` itself, runs unmeasured."""
    from otp import rules
    from otp.dynamo.client import client

    with patch.object(rules, "code_of", lambda key, seed: CODE):
        forget_sends()
        (before or act)()
        forget_sends()
        with Meter(client()) as meter:
            act()
    return meter


def forget_sends() -> None:
    """Clear the address's recent sends, so that the cooldown doesn't refuse the next one."""
    from otp.models import Address

    Address.objects.filter(pk=ADDRESS).update(sends=[])


def by_api() -> int:
    """Sign in, and return the number of requests."""
    send()
    post(200, action="verify_otp", otp=CODE)
    return 2


def send() -> None:
    post(200, action="send_otp")


def guess_wrongly() -> None:
    post(401, action="verify_otp", otp="no code")


def post(status: int, **body: str) -> None:
    from django.test import Client

    answered = Client(headers=HOST).post("/otp", {**body, "email": ADDRESS}, content_type="application/json")
    assert answered.status_code == status, answered.content


def by_page() -> int:
    """Sign in as a browser does: with redirects, and the files of a page. The number of requests."""
    from django.test import Client

    browser = Client(headers=HOST)
    page = browser.get("/").content.decode()
    requests = 1 + len(files(page))
    for path, data in (("/", {}), ("/verify/", {"code": CODE})):
        answered = browser.post(path, {**data, "email": ADDRESS})
        assert answered.status_code == 302, answered.content
        shown = browser.get(answered["Location"]).content.decode()
        requests += 2 + len(files(shown) - files(page))
    return requests


def files(page: str) -> set[str]:
    """The files that a page loads in a computer's browser."""
    links = re.findall(r'<link rel="(?:icon|stylesheet)"[^>]* href="([^"]+)"', page)
    return {link for link in (*links, *re.findall(r'src="([^"]+)"', page)) if not link.startswith("data:")}
