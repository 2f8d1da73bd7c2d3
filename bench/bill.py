"""The cost of a million sign-ins: units consumed on DynamoDB Local, counted by AWS's rules, at AWS's prices."""

from collections.abc import Callable
from unittest.mock import patch

from . import servers
from .figures import Figure
from .units import Meter

# US dollars per million in us-east-1, from memory in November 2026. Check AWS's current price lists for your region.
PRICES = {
    "DynamoDB write units": 0.625,
    "DynamoDB read units": 0.125,
    "SES mails": 100.0,
    "API Gateway requests": 3.50,
    "Lambda requests": 0.20,
    "Lambda GB-seconds": 16.6667,
}
CALLS_A_SIGN_IN = 2  # API calls: one to send, one to verify
LAMBDA_SECONDS, LAMBDA_GB = 0.05, 0.25  # per call, including the time spent waiting for DynamoDB and SES
MOST_WRITES = 22  # units per sign-in
ADDRESS, CODE = "person@example.com", "048213"
HOST = {"host": "localhost"}


def figures() -> list[Figure]:
    with servers.dynamodb() as url:
        servers.be_the_site(url)
        page, api = (units_of(act) for act in (by_page, by_api))
    found = [
        Figure(f"write units of a sign-in {way}", meter.total, "units", MOST_WRITES, note=shares(meter))
        for way, meter in (("by the API", api), ("on a page", page))
    ]
    parts = {
        "DynamoDB write units": api.total,
        "DynamoDB read units": api.reads,
        "SES mails": 1,
        "API Gateway requests": CALLS_A_SIGN_IN,
        "Lambda requests": CALLS_A_SIGN_IN,
        "Lambda GB-seconds": CALLS_A_SIGN_IN * LAMBDA_SECONDS * LAMBDA_GB,
    }
    bill = {name: count * PRICES[name] for name, count in parts.items()}
    dollars = ", ".join(f"{name} {price:.2f}" for name, price in bill.items())
    return [
        *found,
        Figure("read units of a sign-in by the API", api.reads, "units"),
        Figure("bill for a million sign-ins by the API", sum(bill.values()), "US dollars", note=dollars),
        Figure("of it, all but the mails", sum(bill.values()) - bill["SES mails"], "US dollars"),
    ]


def shares(meter: Meter) -> str:
    return ", ".join(f"{name} {units}" for name, units in sorted(meter.writes.items()))


def units_of(act: Callable[[], None], *, before: Callable[[], None] | None = None) -> Meter:
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


def by_api() -> None:
    send()
    post(200, action="verify_otp", otp=CODE)


def send() -> None:
    post(200, action="send_otp")


def guess_wrongly() -> None:
    post(401, action="verify_otp", otp="no code")


def post(status: int, **body: str) -> None:
    from django.test import Client

    answered = Client(headers=HOST).post("/otp", {**body, "email": ADDRESS}, content_type="application/json")
    assert answered.status_code == status, answered.content


def by_page() -> None:
    from django.test import Client

    browser = Client(headers=HOST)
    browser.get("/")
    for path, data in (("/", {}), ("/verify/", {"code": CODE})):
        answered = browser.post(path, {**data, "email": ADDRESS})
        assert answered.status_code == 302, answered.content
